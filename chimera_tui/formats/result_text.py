"""Tables and objects of other tools, taken apart without trust: numbers that are some, and where each stood."""

from __future__ import annotations

import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from chimera_tui.domain.figures import LARGEST
from chimera_tui.domain.measurement import Measurement, Place, Problem, ProblemKind, Reading
from chimera_tui.formats.json_text import Unusable, document, salvaged

MOST_PROBLEMS = 100
"""More of one file are counted, not listed."""
_SHORT = 60
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_WORDS = {True: "true", False: "false"}


class Notes:
    """The problems of one file, each told once."""

    def __init__(self) -> None:
        self._problems: dict[Problem, None] = {}
        self._more = 0

    def lost(self, what: str, place: Place) -> None:
        self._add("lost", what, place)

    def empty(self, what: str, place: Place) -> None:
        self._add("empty", what, place)

    def told(self, what: str, place: Place) -> None:
        self._add("told", what, place)

    def reading(self, measurements: list[Measurement], place: Place) -> Reading:
        """These figures with what there is to say of them."""
        problems = list(self._problems)
        if self._more:
            problems.append(Problem("told", f"{self._more} more such remarks are not listed", place))
        return Reading(tuple(measurements), tuple(problems))

    def _add(self, kind: ProblemKind, what: str, place: Place) -> None:
        problem = Problem(kind, what, place)
        if problem in self._problems:
            return
        if len(self._problems) >= MOST_PROBLEMS:
            self._more += 1
        else:
            self._problems[problem] = None


class Fields:
    """A row of a table or an object of a document that knows where it stands. Nothing here raises."""

    __slots__ = ("notes", "place", "values")

    def __init__(self, values: Mapping[str, object], place: Place, notes: Notes) -> None:
        self.values = values
        self.place = place
        self.notes = notes

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def number(self, name: str) -> float | None:
        """None for what is missing, null or an empty cell; what else is no number is told."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        found = number_of(value)
        if found is None:
            self.notes.lost(f"{name} is {shown(value)}, no number", self.at(name))
        return found

    def above_zero(self, name: str, why: str) -> float | None:
        """A figure that can not be 0 or less; such a one is left out, and `why` says what it stands for."""
        value = self.number(name)
        if value is None or value > 0:
            return value
        self.notes.empty(f"{name} is {value:g}: {why}", self.at(name))
        return None

    def whole(self, name: str) -> int | None:
        value = self.number(name)
        if value is None:
            return None
        if value != int(value) or abs(value) > LARGEST:
            self.notes.lost(f"{name} is {shown(self.values.get(name))}, no whole number", self.at(name))
            return None
        return int(value)

    def numbers(self, name: str) -> tuple[float, ...]:
        """A list of numbers; what is none in it is told."""
        values = self.values.get(name)
        if values is None:
            return ()
        if not isinstance(values, list):
            self.notes.lost(f"{name} is {shown(values)}, no list", self.at(name))
            return ()
        found = [number_of(value) for value in values]
        for value, number in zip(values, found, strict=True):
            if number is None:
                self.notes.lost(f"{name} holds {shown(value)}, no number", self.at(name))
        return tuple(number for number in found if number is not None)

    def text(self, name: str) -> str:
        """As written, empty when it is missing; no list and no object."""
        return written(self.values.get(name))

    def part(self, name: str) -> Fields | None:
        """An object inside; None when there is none, and told when there is something else."""
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.notes.lost(f"{name} is {shown(value)}, no object", self.at(name))
            return None
        return Fields(value, self.at(name), self.notes)

    def inner(self, *names: str) -> Fields:
        """An object deep inside, empty when it is not there."""
        part: Fields = self
        for name in names:
            value = part.values.get(name)
            part = Fields(value if isinstance(value, dict) else {}, part.at(name), self.notes)
        return part

    def parts(self, name: str) -> Iterator[Fields]:
        """The objects of a list; what else is in it is told."""
        values = self.values.get(name)
        if values is None:
            return
        if not isinstance(values, list):
            self.notes.lost(f"{name} is {shown(values)}, no list", self.at(name))
            return
        for index, value in enumerate(values):
            place = self.at(f"{name}[{index}]")
            if isinstance(value, dict):
                yield Fields(value, place, self.notes)
            else:
                self.notes.lost(f"{name}[{index}] is {shown(value)}, no object", place)

    def at(self, name: str) -> Place:
        """The place of one of the values."""
        return replace(self.place, path=f"{self.place.path}.{name}" if self.place.path else name)


def root_of(text: str, place: Place, notes: Notes) -> Fields:
    """The object that a document is; of a torn one what is whole, and it is told."""
    try:
        whole = document(text)
    except ValueError as error:
        notes.lost(f"the document is torn, and only what is whole was read: {error}", place)
        whole = salvaged(text)
    return Fields(whole if isinstance(whole, dict) else {}, place, notes)


def number_of(value: object) -> float | None:
    """A finite number, or the text of one; None for everything else."""
    if isinstance(value, str) and _NUMBER.match(value.strip()):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def written(value: object) -> str:
    """A setting as its file writes it."""
    if isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, Unusable):
        return value.text
    return str(value) if isinstance(value, str | int | float) else ""


def shown(value: object) -> str:
    """Something unexpected, short."""
    text = value.text if isinstance(value, Unusable) else value if isinstance(value, str) else _dumped(value)
    return repr(text) if len(text) <= _SHORT else f"{text[:_SHORT]!r}…"


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Every line that is not blank, with its number."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield number, line.rstrip("\r")


def csv_rows(text: str, place: Place, notes: Notes) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, each with its line. No cell of these formats spans lines, so that a torn one, which
    is told and left out, takes none of the others with it."""
    for number, line in lines_of(text):
        try:
            yield number, next(csv.reader([line], strict=True))
        except csv.Error as error:
            notes.lost(f"this row is torn, or no CSV: {error}", replace(place, line=number))


def _dumped(value: object) -> str:
    try:
        return json.dumps(value, default=lambda other: str(other))[: _SHORT + 1]
    except (ValueError, RecursionError):
        return type(value).__name__
