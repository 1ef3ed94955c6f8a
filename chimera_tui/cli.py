"""The command line: finds the program that was asked for, imports it alone, and turns errors into exit codes."""

from __future__ import annotations

import gc
import os
import sys
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword
from typing import NoReturn, Protocol, cast

from chimera_tui.commands import COMMANDS
from chimera_tui.domain.errors import BadUse, CampaignInvalid, ChimeraError, SettingInvalid
from chimera_tui.domain.names import printable
from chimera_tui.domain.near import near


class Command(Protocol):
    """What a module of `chimera_tui.commands` offers."""

    def add_arguments(self, parser: ArgumentParser) -> None: ...

    def run(self, arguments: Namespace) -> int:
        """Do it and give the exit code: 0, or 1 when what was asked for failed. May raise ChimeraError."""
        ...


def main(argv: Sequence[str] | None = None) -> int:
    """Run `chimera` with these words and give its exit code: 0, 1 failed, 2 bad use, 130 interrupted.

    `--help` and `--version` end in SystemExit(0).
    """
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(words)
        sys.stdout.flush()
    except ChimeraError as error:
        print(f"chimera: {printable(str(error))}", file=sys.stderr)
        return 2 if isinstance(error, BadUse | SettingInvalid | CampaignInvalid) else 1
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
        parser = Parser(prog=f"chimera {name}", description=_sentence(COMMANDS[name]), allow_abbrev=False)
        command = _module(name)
        command.add_arguments(parser)
        return command.run(parser.parse_intermixed_args(words[1:]))
    gc.disable()  # until the viewer has drawn its first frame: nearly all that is made before stays (10 ms)
    parser = Parser(prog="chimera", allow_abbrev=False, formatter_class=RawDescriptionHelpFormatter)
    viewer = _module("view")
    viewer.add_arguments(parser)
    arguments = parser.parse_intermixed_args(words)
    _refuse_late_command(words, arguments.directories)
    return viewer.run(arguments)


class Parser(ArgumentParser):
    """Says in one line what is wrong, and which option was probably meant."""

    def error(self, message: str) -> NoReturn:
        next_ = f"See {self.prog} --help."
        unknown = next((word for word in message.split() if word.startswith("-")), "")
        if message.startswith("unrecognized arguments") and unknown:
            name = unknown.partition("=")[0]
            known = [option for action in self._actions for option in action.option_strings]
            alike = near(name, known)
            message = f"unknown option {name}"
            next_ = f"Did you mean {alike[0]}? {next_}" if alike else next_
        elif message.startswith("the following arguments are required"):
            message = message.removesuffix(", DIR")  # which may be left out; argparse names it when options mix in
        raise BadUse(message, next_=next_)


def _module(name: str) -> Command:
    module = f"{name}_" if iskeyword(name) else name
    return cast(Command, import_module(f"chimera_tui.commands.{module}"))


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
