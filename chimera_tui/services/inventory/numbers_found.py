"""What a file's numbers are gathered in: parallel arrays, with each field and each label kept once."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Iterable
from datetime import UTC, datetime

from chimera_tui.domain.file_numbers import NumberField
from chimera_tui.domain.limits import DEFAULTS, Limits
from chimera_tui.services.inventory.growth_times import Clock, clock_of

MOST_FIELDS = 20_000
"""Different fields of one file; a document that is keyed by ids has one for each number."""
MOST_NUMBERS = 2_000_000
"""Of one file, 24 bytes each."""
LONGEST_LABEL = 80
"""Characters of one text: more is no name."""
_MOST_LABELS = 12
_NO_NAMES = frozenset({"", "-", "—", "–", "n/a", "na", "nan", "none", "null", "true", "false", "yes", "no", "ok"})
_DAY = r"(?:19|20)\d\d([-/])(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?"
STAMP = re.compile(rf"(?<![\d/-]){_DAY}(?!\d)(?:[T ]({_CLOCK})(?!\d))?")
"""`2025-10-02`, `2025-10-02T19:12`, `2025/10/02 19:12:04`; fractions of seconds and zones are passed over."""
_WHOLE_STAMP = re.compile(rf"{_DAY}(?:[T ]{_CLOCK}(?:\.\d+)?\s*(?:Z|UTC|GMT|[+-]\d\d:?\d\d)?)?")


def is_stamp(text: str) -> bool:
    """Whether a text is a time and nothing else."""
    return text[:2] in ("19", "20") and _WHOLE_STAMP.fullmatch(text) is not None


class Harvest:
    """The numbers of one file as they are found."""

    def __init__(self, limits: Limits = DEFAULTS) -> None:
        self.limits = limits
        self.values = array("d")
        self.field_of = array("I")
        self.places = array("Q")
        self.labels_of = array("I")
        self._fields: dict[tuple[str, str], int] = {}
        self._names: list[str] = []
        self._labels: dict[str, int] = {"": 0}
        self._clocks: dict[int, Clock] = {}
        self._earliest = self._latest = ""
        self._endless = self._left_out = self._too_many = 0
        self._problems: list[str] = []

    def field(self, name: str, unit: str) -> int:
        """The index of a field, new or known; -1 when there are too many."""
        known = self._fields.get((name, unit))
        if known is not None:
            return known
        if len(self._fields) >= MOST_FIELDS:
            return -1
        index = self._fields[name, unit] = len(self._names)
        self._names.append(name)
        return index

    def label(self, texts: Iterable[str]) -> int:
        """The index of what a record calls itself, made of its short texts."""
        names: dict[str, None] = {}
        for text in texts:
            name = " ".join(text.lower().split()) if len(text) <= 2 * LONGEST_LABEL else ""
            if name not in _NO_NAMES and len(name) <= LONGEST_LABEL:
                names[name] = None
        return self._labels.setdefault(" | ".join(list(names)[:_MOST_LABELS]), len(self._labels))

    def add(self, field: int, value: float, place: int, label: int) -> None:
        """One number of a field that `field` gave."""
        if not math.isfinite(value):
            self._endless += 1
            return
        if field < 0:
            self._left_out += 1
            return
        if len(self.values) >= MOST_NUMBERS:
            self._too_many += 1
            return
        if field not in self._clocks and value >= _FIRST_EPOCH:
            self._look_for_clock(field, value)
        self.values.append(value)
        self.field_of.append(field)
        self.places.append(place)
        self.labels_of.append(label)

    def _look_for_clock(self, field: int, value: float) -> None:
        # by the first large value of a field: the others are as it is
        self._clocks[field] = clock_of(self._names[field].rpartition(".")[2], [value]) or _no_clock

    def stamp(self, text: str) -> None:
        """Keep the times that are written in a text, if they are the earliest or latest."""
        for match in STAMP.finditer(text):
            self._span(match[0].replace("/", "-").replace(" ", "T"))

    def _span(self, stamp: str) -> None:
        self._earliest = min(self._earliest, stamp) if self._earliest else stamp
        self._latest = max(self._latest, stamp)

    def say(self, problem: str) -> None:
        """Note why less than all was read."""
        if problem:
            self._problems.append(problem)

    @property
    def fields(self) -> tuple[NumberField, ...]:
        return tuple(NumberField(name, unit) for name, unit in self._fields)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self._labels)

    def stamps(self) -> tuple[str, ...]:
        """The earliest and the latest time in the file, numbers since the epoch (UTC) included."""
        clocks = {field: clock for field, clock in self._clocks.items() if clock is not _no_clock}
        ends: dict[int, tuple[float, float]] = {}
        if clocks:
            for field, value in zip(self.field_of, self.values, strict=True):
                if field in clocks and value >= _FIRST_EPOCH:
                    low, high = ends.get(field, (value, value))
                    ends[field] = min(low, value), max(high, value)
        for field, both in ends.items():
            for ns in clocks[field](both):
                if ns is not None:
                    self._span(datetime.fromtimestamp(ns // 1_000_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S"))
        if not self._latest:
            return ()
        return (self._earliest,) if self._earliest == self._latest else (self._earliest, self._latest)

    def problems(self) -> list[str]:
        problems = list(self._problems)
        if self._left_out:
            problems.append(f"{self._left_out:,} numbers of more than {MOST_FIELDS:,} different fields left out")
        if self._too_many:
            problems.append(f"more than {MOST_NUMBERS:,} numbers: {self._too_many:,} left out")
        if self._endless:
            problems.append(f"{self._endless} numbers too large to hold, skipped")
        return problems


_FIRST_EPOCH = 946_684_800
"""The year 2000 in seconds: no smaller number is a time."""


def _no_clock(_cells: object) -> list[int | None]:
    return []
