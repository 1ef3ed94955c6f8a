"""The listening socket and its connections."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import sys

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.simulator.api import Api
from chimera_tui.simulator.http import serve
from chimera_tui.simulator.lifetime import ending
from chimera_tui.simulator.options import SimulatorOptions


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


class CannotListen(ChimeraError):
    code = "cannot_listen"


async def run(options: SimulatorOptions) -> None:
    """Serve until it is time to end. Prints one JSON line when ready. Raises CannotListen."""
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
        try:
            server = await asyncio.start_server(connected, options.host, options.port, backlog=512)
        except OSError as error:
            raise CannotListen(
                f"cannot listen on {options.host}:{options.port}: {error.strerror or error}",
                where=f"{options.host}:{options.port}",
                next_="Choose another port with --port, or 0 for a free one.",
            ) from error
        port = server.sockets[0].getsockname()[1]
        if not all(_is_loopback(each.getsockname()[0]) for each in server.sockets):
            sys.stderr.write(f"Whoever reaches {options.host} can ask this server; 127.0.0.1 keeps it here.\n")
        print(json.dumps({"host": options.host, "port": port, "pid": os.getpid()}), flush=True)  # noqa: T201
        await stop.wait()
        server.close()
        open_now = tuple(connections)
        for task in open_now:
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
