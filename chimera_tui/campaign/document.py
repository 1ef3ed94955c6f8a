"""The tables of a campaign file: which keys they may hold, and the line of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chimera_tui.campaign.readers import Reader, Value
from chimera_tui.domain.errors import CampaignInvalid, ChimeraError
from chimera_tui.domain.names import printable
from chimera_tui.settings.file import lines_of
from chimera_tui.settings.keys import suggestion

_LINE = re.compile(r"\(at line (\d+), column \d+\)")


class Document:
    """A file that is TOML."""

    def __init__(self, text: str, where: str) -> None:
        """Raises CampaignInvalid when it is no TOML."""
        import tomllib  # only where there is a file

        self.text = text
        self.where = where
        self._lines: dict[str, int] | None = None
        try:
            self.values: dict[str, object] = tomllib.loads(text.removeprefix("\ufeff"))
        except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
            why = printable(str(error)) or "it is nested too deeply"
            line = _LINE.search(why)
            place = f"{where}:{line[1]}" if line else where
            raise CampaignInvalid(f"is not TOML: {why}", where=place, next_="Correct that line.") from error

    def place(self, dotted: str) -> str:
        """`file:line` of a full name, or of the nearest table around it whose line can be told."""
        if self._lines is None:
            self._lines = lines_of(self.text)
        while dotted:
            if line := self._lines.get(dotted):
                return f"{self.where}:{line}"
            dotted = dotted.rpartition(".")[0]
        return self.where

    @property
    def top(self) -> Table:
        return Table(self, "", self.values)


class Table:
    """One table, by its full name in the file."""

    def __init__(self, document: Document, name: str, values: Mapping[str, object]) -> None:
        self.document = document
        self.name = name
        self.values = values

    def __contains__(self, key: str) -> bool:
        return key in self.values

    @property
    def where(self) -> str:
        return self.place()

    def place(self, key: str = "") -> str:
        return self.document.place(self.full(key))

    def full(self, key: str) -> str:
        return ".".join(filter(None, (self.name, key)))

    def invalid(self, what: str, key: str = "", next_: str = "") -> CampaignInvalid:
        return CampaignInvalid(what, where=self.place(key), next_=next_)

    def only(self, known: Sequence[str]) -> Table:
        """Itself; CampaignInvalid for the first key that is not known, with the nearest one that is."""
        for key in self.values:
            if key not in known:
                raise self.unknown(key, known)
        return self

    def unknown(self, key: str, known: Iterable[str]) -> CampaignInvalid:
        inside = f" in [{_plain(self.name)}]" if self.name else ""
        return self.invalid(f"unknown key {printable(key)}{inside}", key, suggestion(key, known))

    def get(self, key: str, read: Reader[Value], default: Value) -> Value:
        return self.read(key, read) if key in self.values else default

    def read(self, key: str, read: Reader[Value]) -> Value:
        """The checked value of a key that is there."""
        return self.checked(key, self.values[key], read)

    def checked(self, key: str, value: object, read: Reader[Value]) -> Value:
        """A value that stands under a key; what is wrong with it is told with its line."""
        try:
            return read(value)
        except ChimeraError as error:
            what, name = error.info.what, printable(key)
            if not what.startswith(name):
                what = f"{name} {what}" if what.startswith("must ") else f"{name}: {what}"
            raise self.invalid(what, key, error.info.next) from error
        except (OverflowError, ValueError) as error:
            raise self.invalid(f"{printable(key)} is far too large", key, "Give a smaller number.") from error

    def table(self, key: str) -> Table | None:
        """A table below this one; None where there is none."""
        if key not in self.values:
            return None
        value = self.values[key]
        if not isinstance(value, dict):
            raise self.invalid(f"{key} must be a table", key, f"Write [{_plain(self.full(key))}].")
        return Table(self.document, self.full(key), value)

    def section(self, key: str, known: Sequence[str]) -> Table:
        """A table of known keys; an empty one where the file has none."""
        found = self.table(key) or Table(self.document, self.full(key), {})
        return found.only(known)

    def tables(self, key: str) -> Iterator[Table]:
        """Those of an array of tables, or the one table, in their order."""
        value = self.values.get(key, [])
        several = value if isinstance(value, list) else None
        for number, each in enumerate([value] if several is None else several):
            if not isinstance(each, dict):
                raise self.invalid(f"{key} must be a table", key, f"Write [{key}], or [[{key}]] several times.")
            name = self.full(key) if several is None else f"{self.full(key)}.{number}"
            yield Table(self.document, name, each)


def _plain(name: str) -> str:
    """As a person writes it: without the numbers that tell tables of one array apart."""
    return printable(".".join(part for part in name.split(".") if not part.isdigit()))
