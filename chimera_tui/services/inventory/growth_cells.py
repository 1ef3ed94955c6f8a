"""Some rows by columns; cells are put side by side only of columns that are looked at, for there may be many."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol


class Table(Protocol):
    """Rows that came together."""

    @property
    def count(self) -> int:
        """Rows."""
        ...

    @property
    def names(self) -> Collection[str]:
        """Of the columns in which there may be something."""
        ...

    def __contains__(self, name: str) -> bool: ...

    def cells(self, name: str) -> Sequence[Any]:
        """One for each row; empty text or None where there is nothing."""
        ...

    def filled(self, name: str) -> Sequence[Any]:
        """Those that hold something."""
        ...


class CsvTable:
    """Rows of text; one that is too short has nothing in its last columns."""

    def __init__(self, places: Mapping[str, int], rows: Sequence[Sequence[str]]) -> None:
        """`places` are the columns by name, in their order."""
        self.count = len(rows)
        self._places = places
        self._rows = rows
        self._longest = max(map(len, rows))
        self._columns: list[Sequence[str]] | None = None
        if min(map(len, rows)) == self._longest:
            self._columns = list(zip(*rows, strict=True))

    @property
    def names(self) -> Collection[str]:
        if self._longest >= len(self._places):
            return self._places
        return [name for name, place in self._places.items() if place < self._longest]

    def __contains__(self, name: str) -> bool:
        return self._places.get(name, self._longest) < self._longest

    def cells(self, name: str) -> Sequence[str]:
        place = self._places[name]
        if self._columns is not None:
            return self._columns[place]
        return [row[place] if place < len(row) else "" for row in self._rows]

    def filled(self, name: str) -> Sequence[str]:
        return [cell for cell in self.cells(name) if cell and not cell.isspace()]


class JsonTable:
    """Rows as leaves by path, most of which other rows may not have."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.count = len(rows)
        self._columns: dict[str, dict[int, Any]] = {}
        for index, row in enumerate(rows):
            for name, value in row.items():
                if value is not None:
                    self._columns.setdefault(name, {})[index] = value

    @property
    def names(self) -> Collection[str]:
        return self._columns

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def cells(self, name: str) -> Sequence[Any]:
        found = self._columns[name]
        return list(found.values()) if len(found) == self.count else [found.get(n) for n in range(self.count)]

    def filled(self, name: str) -> Sequence[Any]:
        return list(self._columns[name].values())
