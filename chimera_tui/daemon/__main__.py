"""`python -m chimera_tui.daemon --roots DIR…`: serve one reports directory until nobody needs it."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from dataclasses import asdict
from pathlib import Path

from chimera_tui.client.places import Places
from chimera_tui.daemon.arguments import Arguments, parse
from chimera_tui.daemon.claim import Claim, claim
from chimera_tui.domain.errors import ChimeraError

_LOG_BYTES = 1 << 20
"""A log larger than this is set aside when the next daemon starts."""


class Starter:
    """Whoever started this process and reads its standard output for one line."""

    def __init__(self) -> None:
        self._pipe: int | None = os.dup(1)

    def ready(self, socket: Path) -> None:
        self._tell({"ready": str(socket)})

    def error(self, error: ChimeraError) -> None:
        self._tell({"error": asdict(error.info)})

    def _tell(self, document: dict[str, object]) -> None:
        """Once: the pipe's end is what tells the starter that no more comes."""
        if self._pipe is None:
            return
        with contextlib.suppress(BrokenPipeError):  # it has gone: nobody to tell
            os.write(self._pipe, json.dumps(document).encode() + b"\n")
        os.close(self._pipe)
        self._pipe = None


def main() -> int:
    """0 when served or when another daemon already serves, 1 when it could not start."""
    arguments = parse()
    if arguments.detach and os.fork():
        os._exit(0)
    starter = Starter()
    places = Places.of(arguments.roots, demo=arguments.demo)
    try:
        places.prepare_runtime()
        places.prepare_state()
        held = claim(places)
    except ChimeraError as error:
        starter.error(error)
        return 1
    if held is None:
        starter.ready(places.socket)
        return 0
    try:
        _serve(arguments, held, starter)
    except ChimeraError as error:
        logging.getLogger(__name__).error("%s", error)
        # Released first: who hears the error and tries again at once must not find this one's socket.
        held.release()
        starter.error(error)
        return 1
    held.release()
    return 0


def _serve(arguments: Arguments, held: Claim, starter: Starter) -> None:
    from chimera_tui.daemon.demo import DemoServer

    _log_to(held.places.log)
    demo = DemoServer(arguments.simulator_flags) if arguments.demo else None
    try:
        # Everything heavy is imported while the simulator starts, and only by the daemon that serves.
        import asyncio

        from chimera_tui.daemon.compose import serve

        asyncio.run(serve(arguments, held, demo, ready=lambda: starter.ready(held.places.socket)))
    finally:
        if demo is not None:
            demo.close()


def _log_to(path: Path) -> None:
    """Send standard output and error, ours and our children's, to the log; where there can be none, nowhere."""
    with contextlib.suppress(OSError):
        if path.stat().st_size > _LOG_BYTES:
            path.replace(path.with_name(path.name + ".1"))
    try:
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError:  # a disk that can not be written: the journal says so to whoever looks
        log = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s",
    )


if __name__ == "__main__":
    sys.exit(main())
