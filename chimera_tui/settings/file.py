"""The file `chimera.toml`: where it is looked for, what stands in it, and on which line."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from chimera_tui.domain.errors import BadUse, SettingInvalid
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId
from chimera_tui.settings.keys import AGENT_KEYS, OTHER_KEYS, suggestion

FILE_NAME = "chimera.toml"


class Found(NamedTuple):
    """Where settings come from."""

    path: Path | None
    passed_over: tuple[str, ...] = ()
    """Files that others wrote or may write, each with the reason: such a file could send prompts and the API key
    to a server of theirs. Who names one with --config wants it."""


def find_file(roots: Sequence[Path], working_directory: Path) -> Found:
    """The first of: a reports directory, the working directory, the user's configuration folder."""
    passed_over: list[str] = []
    for folder in dict.fromkeys((*roots, working_directory)):
        path = folder / FILE_NAME
        if _is_file(path):
            if not (why := _why_not_trusted(path)):
                return Found(path, tuple(passed_over))
            passed_over.append(f"{printable(str(path))} is not read: it {why}; to read it, give --config")
    from platformdirs import user_config_path  # only needed when no nearer file exists

    candidate = user_config_path("chimera-tui", appauthor=False) / FILE_NAME
    return Found(candidate if _is_file(candidate) else None, tuple(passed_over))


def _why_not_trusted(path: Path) -> str:
    """Empty for a file of ours or of the machine's owner that not everybody may write."""
    try:
        found = path.stat()
    except OSError:
        return "can not be looked at"
    if found.st_uid not in (os.getuid(), 0):
        return "belongs to somebody else"
    return "can be written by everybody" if found.st_mode & stat.S_IWOTH else ""


def _is_file(path: Path) -> bool:
    """False also where it can not be told: a folder that may not be entered holds no settings for us."""
    try:
        return path.is_file()
    except OSError:
        return False


class SettingsFile:
    """One file's settings by full name, each with its place."""

    def __init__(self, path: Path) -> None:
        """Read it whole.

        Raises BadUse when it can not be read, SettingInvalid when it is no TOML or names something unknown.
        """
        import tomllib  # only where there is a file: 2 ms

        self.path = path
        try:
            self._text = path.read_bytes().decode()
            document = tomllib.loads(self._text)
        except OSError as error:
            raise BadUse(
                f"can not read the settings file: {error.strerror}",
                where=str(path),
                next_="Check the path and its permissions.",
            ) from error
        except UnicodeDecodeError as error:
            raise SettingInvalid("is not UTF-8", where=str(path), next_="Save it as UTF-8.") from error
        except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
            why = str(error) or "it is nested too deeply"
            raise SettingInvalid(f"is not TOML: {why}", where=str(path), next_="Correct that line.") from error
        self.values: dict[str, object] = dict(self._flatten(document))

    def place(self, dotted: str) -> str:
        """`<file>:<line>` of a full name, or the file alone when the line can not be told."""
        line = line_of(self._text, dotted)
        return f"{self.path}:{line}" if line else str(self.path)

    def _flatten(self, document: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        sections = {"agents", *(key.section for key in OTHER_KEYS)}
        for section, table in document.items():
            if section not in sections:
                raise self._unknown(section, sorted(sections))
            if not isinstance(table, dict):
                raise SettingInvalid(
                    f"{section} must be a table", where=self.place(section), next_=f"Write [{section}]."
                )
            yield from self._section(section, table)

    def _section(self, section: str, table: Mapping[str, object]) -> Iterator[tuple[str, object]]:
        if section == "agents":
            known = [key.name for key in AGENT_KEYS]
            for agent in AgentId:
                own = table.get(agent)
                if isinstance(own, dict):
                    yield from self._values(f"agents.{agent}", own, known)
            table = {
                name: value
                for name, value in table.items()
                if not (name in tuple(AgentId) and isinstance(value, dict))
            }
        else:
            known = [key.name for key in OTHER_KEYS if key.section == section]
        yield from self._values(section, table, known)

    def _values(
        self, prefix: str, table: Mapping[str, object], known: Sequence[str]
    ) -> Iterator[tuple[str, object]]:
        for name, value in table.items():
            if name not in known:
                raise self._unknown(f"{prefix}.{name}", known)
            yield f"{prefix}.{name}", value

    def _unknown(self, dotted: str, known: Sequence[str]) -> SettingInvalid:
        name = dotted.rpartition(".")[2]
        return SettingInvalid(f"unknown setting {dotted}", where=self.place(dotted), next_=suggestion(name, known))


_HEADER = re.compile(r"\s*\[(\[)?\s*([^\[\]#]+?)\s*\](?(1)\])\s*(?:#.*)?$")
_ASSIGNMENT = re.compile(r"\s*([\w.\"'\s-]+?)\s*=")


def line_of(text: str, dotted: str) -> int | None:
    """The line of a key or table in TOML, counted from 1: tomllib does not say, so this reads it again, simply.

    The first `[[cells]]` is called `cells.0`. A key inside an inline table is not found.
    """
    return lines_of(text).get(dotted)


def lines_of(text: str) -> dict[str, int]:
    """The line of every key and table, by its full name as `line_of` knows it."""
    lines: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.split("\n"), start=1):
        if header := _HEADER.match(line):
            table = _plain(header[2])
            if header[1]:
                lines.setdefault(table, number)
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}.{counts[table]}"
            else:
                table = _in_newest(table, counts)
            for name in _and_above(table):
                lines.setdefault(name, number)
        elif assignment := _ASSIGNMENT.match(line):
            name = _plain(assignment[1])
            lines.setdefault(f"{table}.{name}" if table else name, number)
    return lines


def _in_newest(table: str, counts: Mapping[str, int]) -> str:
    """`matrix.a` after a second `[[matrix]]` belongs to that one: `matrix.1.a`."""
    for array, newest in counts.items():
        if table.startswith(f"{array}."):
            return f"{array}.{newest}{table.removeprefix(array)}"
    return table


def _and_above(table: str) -> Iterator[str]:
    while table:
        yield table
        table = table.rpartition(".")[0]


def _plain(name: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in name.split("."))
