"""Objects of JSON as rows: nested keys flattened, one object for each line or element."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chimera_tui.services.inventory.growth_cells import JsonTable
from chimera_tui.services.inventory.growth_columns import Batch, ColumnPicker, json_numbers

_DEEPEST = 64
_MOST_KEYS = 10_000
"""Of one object."""
_LIST_DEPTH = 4
"""How deep in a document the list of its rows may be."""


class JsonPicker:
    """Rows as objects to columns of numbers and times."""

    def __init__(self) -> None:
        self._picker = ColumnPicker(json_numbers)

    @property
    def columns_left_out(self) -> int:
        return self._picker.left_out

    def batch(self, rows: Sequence[object]) -> Batch:
        return self._picker.pick(JsonTable([flat(row) for row in rows]))


class JsonLines:
    """Give it whole lines, each an object; what is none is counted and left out."""

    def __init__(self) -> None:
        self.broken = 0
        self._picker = JsonPicker()

    @property
    def columns_left_out(self) -> int:
        return self._picker.columns_left_out

    def feed(self, text: str) -> Batch | None:
        rows = []
        for line in text.split("\n"):  # what else ends a line may stand in a text of JSON
            if line and not line.isspace():
                try:
                    rows.append(json.loads(line))
                except (ValueError, RecursionError):
                    self.broken += 1
        return self._picker.batch(rows) if rows else None

    def is_whole(self, line: str) -> bool:
        """Whether a line that has not ended yet is an object all the same: nothing but its end can follow."""
        line = line.strip()
        if not (line.startswith("{") and line.endswith("}")):
            return False
        try:
            json.loads(line)
        except (ValueError, RecursionError):
            return False
        return True


def flat(row: object) -> dict[str, object]:
    """Its leaves by path (`metrics.ttft.ms`), without lists; a bare number is `value`."""
    if not isinstance(row, dict):
        return {} if isinstance(row, list) else {"value": row}
    leaves: dict[str, object] = {}
    waiting: list[tuple[str, Mapping[str, object], int]] = [("", row, 0)]
    while waiting:
        path, inside, depth = waiting.pop()
        for key, value in inside.items():
            name = f"{path}{key}"
            if isinstance(value, dict):
                if depth < _DEEPEST:
                    waiting.append((f"{name}.", value, depth + 1))
            elif not isinstance(value, list) and len(leaves) < _MOST_KEYS:
                leaves[name] = value
    return leaves


@dataclass(frozen=True, slots=True)
class Document:
    """What rows a JSON document holds."""

    rows: Sequence[object]
    whole: bool = True
    """False for an array that is not closed yet: its complete elements are its rows."""
    single: bool = False
    """It is one object without a list of rows; each time it is written it tells another row."""
    where: str = ""
    """Path of the list, e.g. `results.runs[]`; empty when it is the document itself."""


class NotOneDocument(Exception):
    """One document follows the other, as in JSON lines."""


def read_document(text: str) -> Document:
    """Raises ValueError or RecursionError for what can not be read (yet), NotOneDocument for JSON lines."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and text.lstrip().startswith("{"):
            raise NotOneDocument from error
        if not text.lstrip().startswith("["):
            raise
        return Document(_complete_elements(text), whole=False)
    return _rows_of(document)


def _complete_elements(text: str) -> list[object]:
    """Of an array that breaks off, or is broken somewhere, what stands before that."""
    decoder = json.JSONDecoder()
    at = text.index("[") + 1
    elements: list[object] = []
    while True:
        at = _after_blanks(text, at)
        try:
            element, end = decoder.raw_decode(text, at)
        except ValueError:
            return elements
        after = _after_blanks(text, end)
        if text[after : after + 1] not in (",", "]"):
            # of a number more digits may come
            return elements if after == len(text) and isinstance(element, int | float) else [*elements, element]
        elements.append(element)
        at = after + 1


def _after_blanks(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _rows_of(document: object) -> Document:
    if isinstance(document, list):
        return Document(document)
    if not isinstance(document, dict):
        return Document((document,), single=True)
    where, most = "", _numbers_in(document) // 2
    found: Sequence[object] = ()
    lists: dict[str, list[Any]] = {}
    for path, each in _lists_in(document):
        if each and isinstance(each[0], dict):
            # configurations have lists of objects, too: the rows are where most of the numbers are
            if (numbers := len(each) * _numbers_in(each[0])) >= max(1, most):
                where, most, found = f"{path}[]", numbers, each
        elif each and isinstance(each[0], int | float) and not isinstance(each[0], bool):
            lists[path] = each
    if where:
        return Document(found, where=where)
    columns = _as_long_as_the_longest(lists)
    if sum(map(len, columns.values())) >= max(1, most):
        rows = [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]
        return Document(rows, where="lists of numbers")
    return Document((document,), single=True)


def _numbers_in(row: object) -> int:
    """Outside of lists."""
    return sum(isinstance(value, int | float) and not isinstance(value, bool) for value in flat(row).values())


def _lists_in(document: Mapping[str, Any]) -> Iterable[tuple[str, list[Any]]]:
    waiting: list[tuple[str, Mapping[str, Any], int]] = [("", document, 1)]
    while waiting:
        path, inside, depth = waiting.pop(0)
        for key, value in inside.items():
            if isinstance(value, list):
                yield f"{path}{key}", value
            elif isinstance(value, dict) and depth < _LIST_DEPTH:
                waiting.append((f"{path}{key}.", value, depth + 1))


def _as_long_as_the_longest(lists: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Columns side by side; a list of one or two numbers is none."""
    longest = max(map(len, lists.values()), default=0)
    return {path: each for path, each in lists.items() if len(each) == longest} if longest > 2 else {}
