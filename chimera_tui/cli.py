"""The command line: finds the program that was asked for, imports it alone, and turns errors into exit codes."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from chimera_tui.domain.errors import BadUse, ChimeraError, SettingInvalid
from chimera_tui.domain.inventory import printable

COMMANDS = {
    "run": "run the agents without the screen",
    "inventory": "count the files of a reports directory",
    "runs": "list the runs of a reports directory",
    "show": "show one run, or read a saved report back",
    "doctor": "look whether everything that is needed is there",
    "config": "print every setting and where it came from",
    "daemon": "ask about or stop the process behind the screen",
    "simulate": "serve Ollama's API without a model",
}
"""Name → what it does; each is the module of that name in `chimera_tui.commands`."""

VIEWER = "view"
"""The module that runs when no command is named."""


class Command(Protocol):
    """What a module of `chimera_tui.commands` offers."""

    def add_arguments(self, parser: ArgumentParser) -> None: ...

    def run(self, arguments: Namespace) -> int:
        """Do it and give the exit code: 0, or 1 when what was asked for failed. May raise ChimeraError."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run `chimera` with these words and give its exit code: 0, 1 failed, 2 bad use, 130 interrupted.

    A command line that argparse refuses ends in SystemExit(2), `--help` and `--version` in SystemExit(0).
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _dispatch(words)
    except ChimeraError as error:
        print(f"chimera: {printable(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, BadUse | SettingInvalid) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has left (`chimera show last | head`): nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _dispatch(words: Sequence[str]) -> int:
    if words and words[0] in COMMANDS:
        name, words = words[0], words[1:]
        parser = ArgumentParser(prog=f"chimera {name}", description=_sentence(COMMANDS[name]), allow_abbrev=False)
    else:
        name = VIEWER
        parser = ArgumentParser(prog="chimera", allow_abbrev=False)
    command = cast(Command, import_module(f"chimera_tui.commands.{name}"))
    command.add_arguments(parser)
    return command.run(parser.parse_args(words))


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
