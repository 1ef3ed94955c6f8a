"""`chimera DIR…`: the screen. The daemon starts first, so that it is there when the first frame is."""

from __future__ import annotations

import gc
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from chimera_tui import __version__
from chimera_tui.client.start import PendingDaemon
from chimera_tui.commands import COMMANDS
from chimera_tui.commands.attach import apply_flags, begin_daemon, reach
from chimera_tui.commands.demo import roots_of
from chimera_tui.commands.flags import add_demo, add_directories, add_settings, read_settings
from chimera_tui.domain.errors import BadUse
from chimera_tui.settings import Settings

if TYPE_CHECKING:
    from chimera_tui.client.api import DaemonClient


def add_arguments(parser: ArgumentParser) -> None:
    parser.usage = "chimera [DIR ...] [flags]\n       chimera COMMAND ..."
    parser.description = (
        "Watch reports directories and let two LLM agents read them. A command's name\n"
        "wins over a directory of that name: write ./run, or -- before it."
    )
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {what}" for name, what in COMMANDS.items()]
    parser.epilog = "\n".join(["commands (each has --help):", *lines])
    parser.add_argument("--version", action="version", version=f"chimera {__version__}")
    add_directories(parser)
    add_demo(parser)
    add_settings(parser)


def run(arguments: Namespace) -> int:
    roots = _roots(arguments)
    settings = read_settings(arguments, roots)
    _need_terminal(os.environ)
    pending = begin_daemon(roots, arguments)
    from chimera_tui.tui.light_textual import leave_out

    leave_out()
    from chimera_tui.tui.app import ChimeraApp  # the daemon starts while this is imported
    from chimera_tui.tui.first_look import first_look

    connector = _Connector(pending, arguments, roots, settings)
    app = ChimeraApp(connector, look=settings.viewer, known=first_look(pending.known()))
    app.run()
    return app.return_code or 0


class _Connector:
    """Opens connections for the viewer: first to the daemon that was begun, later to whichever is there."""

    def __init__(
        self, pending: PendingDaemon, arguments: Namespace, roots: tuple[Path, ...], settings: Settings
    ) -> None:
        self._pending: PendingDaemon | None = pending
        self._arguments = arguments
        self._roots = roots
        self._settings = settings

    async def __call__(self) -> DaemonClient:
        first = self._pending is not None
        if first:
            gc.freeze()
            gc.enable()
        pending = self._pending or begin_daemon(self._roots, self._arguments)
        self._pending = None
        client = await reach(pending)
        client.batches_per_s = self._settings.viewer.redraws_per_s
        client.joins_tokens = True
        if first:
            await apply_flags(client, self._settings)
        return client


def _roots(arguments: Namespace) -> tuple[Path, ...]:
    """As for every command, but a word that is no directory may be a mistyped command."""
    try:
        return roots_of(arguments.directories, demo=arguments.demo)
    except BadUse as error:
        word = arguments.directories[0] if arguments.directories else ""
        near = get_close_matches(word, COMMANDS, n=1)
        if not near or Path(word).exists():  # a file that is there is meant
            raise
        raise BadUse(error.info.what, next_=f"Did you mean the command {near[0]}?") from error


def _need_terminal(environ: Mapping[str, str]) -> None:
    kind = environ.get("TERM", "")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        why = "standard input or output is none"
    elif kind in ("", "dumb"):
        why = f"TERM={kind or 'nothing'} can not draw"
    else:
        return
    raise BadUse(f"the screen needs a terminal, and {why}", next_="Without one use: chimera run")
