"""The command line: finds the program that was asked for, imports it alone, and turns errors into exit codes."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

from chimera_tui.commands import COMMANDS
from chimera_tui.domain.errors import BadUse, ChimeraError, SettingInvalid
from chimera_tui.domain.inventory import printable


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
        code = _dispatch(words)
        sys.stdout.flush()
    except ChimeraError as error:
        print(f"chimera: {printable(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, BadUse | SettingInvalid) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has left (`chimera show last | head`): nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _dispatch(words: Sequence[str]) -> int:
    if words and words[0] in COMMANDS:
        name = words[0]
        parser = ArgumentParser(prog=f"chimera {name}", description=_sentence(COMMANDS[name]), allow_abbrev=False)
        command = _module(name)
        command.add_arguments(parser)
        return command.run(parser.parse_args(words[1:]))
    parser = ArgumentParser(prog="chimera", allow_abbrev=False, formatter_class=RawDescriptionHelpFormatter)
    viewer = _module("view")
    viewer.add_arguments(parser)
    arguments = parser.parse_args(words)
    _refuse_late_command(words, arguments.directories)
    return viewer.run(arguments)


def _module(name: str) -> Command:
    return cast(Command, import_module(f"chimera_tui.commands.{name}"))


def _refuse_late_command(words: Sequence[str], directories: Sequence[str]) -> None:
    """`chimera --theme light doctor` is more likely a slip than a directory of that name."""
    name = directories[0] if directories else ""
    if name in COMMANDS and "--" not in words:
        raise BadUse(
            f"{name} is a command and comes first",
            next_=f"Write: chimera {name} …, or ./{name} for a directory of that name.",
        )


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."
