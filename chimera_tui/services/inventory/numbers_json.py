"""Every number of a JSON document: by path, with its indices and what the objects around it call themselves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from chimera_tui.domain.file_numbers import INDEX_BITS
from chimera_tui.services.inventory.facts_json import load_json, too_deep
from chimera_tui.services.inventory.numbers_found import LONGEST_LABEL, Harvest, is_stamp
from chimera_tui.services.inventory.numbers_written import HAS_DIGIT, numbers_in
from chimera_tui.services.inventory.units import cell_unit, parse_number, unit_of

_MOST_INDICES = 3
_LONGEST_STRING = 200
"""Characters of a text that is looked at for numbers with units."""
_MOST_TEXTS = 8
"""Short texts that one object adds to its label."""


def harvest_json(text: str, harvest: Harvest) -> None:
    """Numeric leaves, and texts that are a number with a known unit. Booleans and NaN are no numbers."""
    document, problem = load_json(text)
    if problem and (documents := _by_line(text)):
        document, problem = documents, "one document for each line"
    harvest.say(problem)
    if document is not None:
        numbers_of_document(document, harvest)


def _by_line(text: str) -> list[object]:
    """The documents of JSON Lines, None for a line that is none; empty when it is no such file."""
    lines = text.split("\n")
    if len(lines) < 2 or not lines[0].startswith("{") or load_json(lines[0])[1]:
        return []
    return [load_json(line)[0] for line in lines]


def numbers_of_document(
    document: object, harvest: Harvest, prefix: str = "", place: int | None = None, texts: Sequence[str] = ()
) -> None:
    """Leaves in the order of the document, without recursion.

    For a document within a cell: the name of its column, the one place of all its numbers, the texts of its row.
    """
    walk = _Walk(harvest, place)
    walk.waiting.append((prefix, document, 0, "", 0, 0, _Around(harvest, tuple(texts))))
    while walk.waiting:
        walk.step(*walk.waiting.pop())
    if walk.too_deep:
        harvest.say(too_deep(harvest.limits))


class _Walk:
    """One document on the way through."""

    def __init__(self, harvest: Harvest, place: int | None) -> None:
        self.waiting: list[tuple[str, object, int, str, int, int, _Around]] = []
        """Path, value, depth, unit that a sibling tells, packed indices, how many indices, objects around."""
        self.too_deep = False
        self._harvest = harvest
        self._deepest = harvest.limits.json_depth
        self._place = place

    def step(
        self, path: str, value: object, depth: int, unit: str, packed: int, indices: int, around: _Around
    ) -> None:
        """Open an object or a list, or take a leaf."""
        if not isinstance(value, dict | list):
            self._leaf(path, value, unit, packed, around)
        elif depth >= self._deepest:
            self.too_deep = True
        elif isinstance(value, dict):
            written = value.get("unit", value.get("units"))
            unit = cell_unit(written) if isinstance(written, str) else ""
            around = around.within(value)
            self.waiting.extend(
                (f"{path}.{key}" if path else key, item, depth + 1, unit, packed, indices, around)
                for key, item in reversed(value.items())
            )
        else:
            inside = f"{path}[]"
            places = (_within(packed, indices, index) for index in range(len(value)))
            if not any(isinstance(item, dict | list) for item in value):
                # samples: by far the longest lists, and none of them needs to wait
                for item, inner in zip(value, places, strict=True):
                    self._leaf(inside, item, unit, inner, around)
                return
            self.waiting.extend(
                (inside, item, depth + 1, unit, inner, indices + 1, around)
                for item, inner in reversed(list(zip(value, places, strict=True)))
            )

    def _leaf(self, path: str, value: object, unit: str, packed: int, around: _Around) -> None:
        place = packed if self._place is None else self._place
        if isinstance(value, str):
            _text(value, path or "value", unit, place, around)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            name = path or "value"
            field = self._harvest.field(name, unit_of(name) or unit)
            self._harvest.add(field, _as_float(value), place, around.label)


def _within(packed: int, indices: int, index: int) -> int:
    """Indices with one more of them, where it fits."""
    fits = indices < _MOST_INDICES and index + 1 < 1 << INDEX_BITS
    return packed | (index + 1) << indices * INDEX_BITS if fits else packed


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _text(text: str, name: str, unit: str, place: int, around: _Around) -> None:
    """A time, or a number with its unit: `12.3 ms`, `85%`, `0.4` under `mean_s`."""
    harvest = around.harvest
    if len(text) > _LONGEST_STRING or not HAS_DIGIT(text):
        return
    if is_stamp(text):
        harvest.stamp(text)
        return
    told = unit_of(name) or unit
    whole = parse_number(text)
    for value, written in [whole] if whole is not None else numbers_in(text, any_words=False):
        if written or told:
            harvest.add(harvest.field(name, written or told), value, place, around.label)


class _Around:
    """The short texts of an object and of those around it; the label is made when a number asks for it."""

    __slots__ = ("_label", "_texts", "harvest")

    def __init__(self, harvest: Harvest, texts: tuple[str, ...]) -> None:
        self.harvest = harvest
        self._texts = texts
        self._label = -1

    def within(self, record: Mapping[str, object]) -> _Around:
        """Inside one more object: its own texts first, with the name of an object in it (`model: {name: …}`)."""
        own: list[str] = []
        for value in record.values():
            text = value.get("name") if isinstance(value, dict) else value
            if isinstance(text, str) and len(text) <= LONGEST_LABEL and not _is_measured(text):
                own.append(text)
                if len(own) == _MOST_TEXTS:
                    break
        return _Around(self.harvest, (*own, *self._texts)[: 2 * _MOST_TEXTS]) if own else self

    @property
    def label(self) -> int:
        if self._label < 0:
            self._label = self.harvest.label(self._texts)
        return self._label


def _is_measured(text: str) -> bool:
    return is_stamp(text) or parse_number(text) is not None
