"""Arguments that several commands take: directories, settings, `--demo`, `--json`."""

from __future__ import annotations

import os
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chimera_tui.domain.errors import BadUse
from chimera_tui.services.ollama.host import parse_host
from chimera_tui.settings import Settings, load
from chimera_tui.settings.keys import KEYS, all_names, flag_of, key_of

if TYPE_CHECKING:
    from chimera_tui.services.inventory.roots import Roots


def add_directories(parser: ArgumentParser) -> None:
    parser.add_argument("directories", metavar="DIR", nargs="*", help="reports directories; default: this one")


def add_json(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def add_demo(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--demo",
        action="store_true",
        help="use the built-in simulator instead of Ollama; without DIR, over a copy of the sample reports",
    )


def add_settings(parser: ArgumentParser) -> None:
    """A flag for every setting, `--config`, and the two short forms of the mode."""
    parser.add_argument("--config", metavar="FILE", type=Path, help="read this chimera.toml and no other")
    agents = parser.add_argument_group(
        "settings of the agents", "Each also as --a-… or --b-… for one agent, e.g. --a-num-gpu 20."
    )
    others = parser.add_argument_group("other settings")
    for dotted in all_names():
        key = key_of(dotted)
        assert key is not None  # all_names() is made of the keys
        if dotted not in KEYS:
            agents.add_argument(flag_of(dotted), dest=dotted, metavar=key.metavar, help=SUPPRESS, default=SUPPRESS)
        elif key.section == "agents":
            agents.add_argument(flag_of(dotted), dest=dotted, metavar=key.metavar, help=key.help, default=SUPPRESS)
        elif key.metavar == "true|false":
            others.add_argument(
                flag_of(dotted), dest=dotted, action="store_const", const="true", help=key.help, default=SUPPRESS
            )
        else:
            others.add_argument(flag_of(dotted), dest=dotted, metavar=key.metavar, help=key.help, default=SUPPRESS)
    others.add_argument(
        "--sequence",
        dest="run.mode",
        action="store_const",
        const="sequence",
        help="the same as --mode sequence",
        default=SUPPRESS,
    )


def setting_flags(arguments: Namespace) -> dict[str, str]:
    """The settings that were given as flags, by full name."""
    names = set(all_names())
    return {name: value for name, value in vars(arguments).items() if name in names}


def read_settings(arguments: Namespace, roots: Sequence[Path]) -> Settings:
    """Every setting for these reports directories. Raises SettingInvalid or BadUse."""
    return load(
        setting_flags(arguments),
        environ=os.environ,
        roots=roots,
        config=arguments.config,
        working_directory=working_directory(),
        read_host=parse_host,
    )


def resolved(words: Sequence[str]) -> Roots:
    """The directories that were named, or the working directory, with the limits that are set for them, as the
    daemon takes them. Raises BadUse, SettingInvalid, ReportsUnreadable."""
    from chimera_tui.services.inventory.roots import resolve_roots  # not with the viewer's start

    paths = existing_directories(words)
    settings = load(
        {}, environ=os.environ, roots=paths, working_directory=working_directory(), read_host=parse_host
    )
    return resolve_roots(paths, settings.limits, links_out=settings.inventory.links_out)


def existing_directories(words: Sequence[str]) -> tuple[Path, ...]:
    """The directories that were named, absolute, or the working directory. Raises BadUse when one is none."""
    here = working_directory()
    return tuple(_directory(here, word) for word in words) or (here,)


def working_directory() -> Path:
    """Raises BadUse when it has been removed meanwhile."""
    try:
        return Path.cwd()
    except OSError as error:
        raise BadUse(
            f"there is no working directory any more: {error.strerror}", next_="Go to one that exists."
        ) from error


def _directory(here: Path, word: str) -> Path:
    path = here / word
    try:
        if path.is_dir():
            return path
        exists = path.exists()
    except OSError as error:
        raise BadUse(f"{word} can not be opened: {error.strerror}", next_="Check the path.") from error
    if exists:
        raise BadUse(f"{word} is not a directory", next_=f"Give its folder, or read it with: chimera show {word}")
    raise BadUse(f"there is no directory {word}", next_="Check the path, or see chimera --help for the commands.")
