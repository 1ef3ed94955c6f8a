"""The listening socket and its connections."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from chimera_tui.simulator.api import Api
from chimera_tui.simulator.http import serve
from chimera_tui.simulator.lifetime import ending
from chimera_tui.simulator.options import SimulatorOptions


async def run(options: SimulatorOptions) -> None:
    """Serve until it is time to end. Prints one JSON line when ready. Raises OSError when it can not listen."""
    api = Api(options)
    connections: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        try:
            await serve(reader, writer, api.answer)
        except asyncio.CancelledError:
            # The server ends; asyncio's own callback must not report that.
            return
        finally:
            connections.discard(task)

    async with ending(parent_pid=options.parent_pid, with_stdin=options.exit_with_stdin) as stop:
        server = await asyncio.start_server(connected, options.host, options.port, backlog=512)
        port = server.sockets[0].getsockname()[1]
        sys.stdout.write(json.dumps({"host": options.host, "port": port, "pid": os.getpid()}) + "\n")
        sys.stdout.flush()
        await stop.wait()
        server.close()
        open_now = tuple(connections)
        for task in open_now:
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
