"""The numbers of all files, found by value and by name in microseconds."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from chimera_tui.analysis.grounding.inventory_facts import InventoryFacts
from chimera_tui.analysis.grounding.words import content_of, quantity_of, statistic_of, words_of
from chimera_tui.domain.file_numbers import FileNumbers
from chimera_tui.domain.grounding import FactPlace
from chimera_tui.domain.grounding_told import ToldInventory
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import FileKind

_PREFIX = re.compile(r"^(?:json|csv|md|markdown)[_. ](?=\w)", re.IGNORECASE)
_INDEX = re.compile(r"\[\d*\]")
_NOT_NAME = re.compile(r"[^a-z0-9%/.]+")
_LONGEST_PATH = 4
"""Components of a path by which a column can be named."""
_SAYS_NOTHING = frozenset(
    {"per", "/", "the", "of", "in", "for", "a", "value", "json", "csv", "observed", "measured", "result"}
)
_ALONE = frozenset({"ttft", "latency", "tps", "throughput"})
MOST_FOUND = 400
"""Numbers with one value that are looked at."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One number of one file."""

    file: int
    """Index into `Facts.numbers`."""
    index: int
    """Of the number within that file."""
    value: float


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of at least one value."""

    count: int
    min: float
    max: float
    mean: float
    median: float
    stdev: float
    """Of the sample, with n − 1; 0 for a single value."""
    pstdev: float
    """Of the values as they are, with n."""


@dataclass(frozen=True)
class Column:
    """One field of one file."""

    number: int
    """Index into `Facts.columns`."""
    file: int
    kind: FileKind
    path: str
    """Of the file."""
    name: str
    unit: str
    values: array[float]
    indices: array[int]
    """Of the values within the file's numbers."""

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(words_of(self.name))

    @cached_property
    def leaf(self) -> str:
        """The last component of its name, by which it is pooled with others."""
        return name_key(re.split(r"\.|\s›\s", self.name.replace("[]", ""))[-1])

    @cached_property
    def leaf_words(self) -> frozenset[str]:
        return frozenset(words_of(re.split(r"\.|\s›\s", self.name)[-1]))

    @cached_property
    def quantity(self) -> str:
        leaf = re.split(r"\.|\s›\s", self.name)[-1]
        return quantity_of(leaf) or quantity_of(self.name)

    @cached_property
    def statistic(self) -> str:
        """What it says itself to be: `mean`, `p99`, …; empty for plain values."""
        leaf = re.split(r"\.|\s›\s", self.name)[-1]
        return statistic_of(leaf)

    @cached_property
    def statistics(self) -> Statistics:
        return statistics_of(self.values)


def statistics_of(values: Iterable[float]) -> Statistics:
    """Raises ValueError for no values."""
    import statistics

    ordered = sorted(values)
    if not ordered:
        raise ValueError("statistics of no values")
    count = len(ordered)
    mean = min(max(sum(value / count for value in ordered), ordered[0]), ordered[-1])
    middle = count // 2
    median = ordered[middle] if count % 2 else ordered[middle - 1] / 2 + ordered[middle] / 2
    try:
        spread = statistics.pvariance(ordered, mean) if count > 1 else 0.0
    except OverflowError:
        spread = float("inf")
    return Statistics(
        count,
        ordered[0],
        ordered[-1],
        mean,
        median,
        (spread * count / (count - 1)) ** 0.5 if count > 1 else 0.0,
        spread**0.5,
    )


def name_key(name: str) -> str:
    """A name as it is compared: lower case, `_` for all that is no letter, without `json_` or `csv_` before it."""
    name = _PREFIX.sub("", name.strip(" `\"'"))
    return _NOT_NAME.sub("_", _INDEX.sub("", name).lower()).strip("_.")


def words_key(phrase: str) -> str:
    """Words of a name or phrase in any order, without its unit of time; empty when too few are left."""
    words = set(words_of(phrase)) - _SAYS_NOTHING
    if "token" not in words:
        words -= {"second", "millisecond"}
    return "~" + " ".join(sorted(words)) if len(words) > 1 or words & _ALONE else ""


class Facts:
    """All that the files and their inventory say; does not change."""

    def __init__(
        self, files: Sequence[FileEntry], numbers: Sequence[FileNumbers], told: ToldInventory | None = None
    ) -> None:
        self.inventory = InventoryFacts(files, told)
        self.numbers = tuple(numbers)
        order = sorted(
            (value, file, index)
            for file, each in enumerate(self.numbers)
            for index, value in enumerate(each.values)
        )
        self._values = array("d", (value for value, _, _ in order))
        self._files = array("I", (file for _, file, _ in order))
        self._indices = array("I", (index for _, _, index in order))
        self.columns = tuple(self._columns())
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._by_word: dict[str, set[int]] = defaultdict(set)
        self._column_of = {(column.file, column.name, column.unit): column.number for column in self.columns}
        for column in self.columns:
            self._index(column)

    @cached_property
    def _labels(self) -> str:
        """All that records call themselves, in one text: whether a model or test is known at all."""
        return "\n".join({label for each in self.numbers for label in each.labels})

    @cached_property
    def _paths(self) -> str:
        return "\n".join(each.path.lower() for each in self.numbers)

    @property
    def count(self) -> int:
        return len(self._values)

    def between(self, low: float, high: float) -> list[Fact]:
        """Numbers from `low` to `high`, both included; at most `MOST_FOUND`."""
        first, last = bisect_left(self._values, low), bisect_right(self._values, high)
        return [
            Fact(self._files[at], self._indices[at], self._values[at])
            for at in range(first, min(last, first + MOST_FOUND))
        ]

    def column_of(self, fact: Fact) -> Column:
        each = self.numbers[fact.file]
        field = each.fields[each.field_of[fact.index]]
        return self.columns[self._column_of[fact.file, field.name, field.unit]]

    def place(self, fact: Fact) -> FactPlace:
        each = self.numbers[fact.file]
        field, row = each.place_text(fact.index)
        return FactPlace(each.path, field, row)

    def label(self, fact: Fact) -> str:
        """What its record calls itself, with the path of its file, in lower case."""
        each = self.numbers[fact.file]
        label = each.labels[each.labels_of[fact.index]] if each.labels_of else ""
        return f"{each.path.lower()} | {label}"

    def known(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of these names, in lower case, that some record or path has."""
        return tuple(name for name in names if name in self._labels or name in self._paths)

    def values_of(self, column: Column, known: tuple[str, ...]) -> Sequence[float]:
        """Values of a column, of the records alone that have all of these names."""
        if not known:
            return column.values
        each = self.numbers[column.file]
        path = each.path.lower()
        held = [all(name in label or name in path for name in known) for label in each.labels]
        return [
            value
            for value, index in zip(column.values, column.indices, strict=True)
            if held[each.labels_of[index]]
        ]

    def named(self, name: str) -> list[Column]:
        """Columns that are called so to the letter: by the last components of their path, or by all of it."""
        key = name_key(name)
        return [self.columns[number] for number in self._by_name.get(key, ())] if len(key) > 1 else []

    def meant(self, phrase: str) -> list[Column]:
        """Columns whose name says the same in other words: `Average TTFT` means `mean_ttft_s`."""
        key = words_key(phrase)
        return [self.columns[number] for number in self._by_name.get(key, ())] if key else []

    def covering(self, words: frozenset[str]) -> list[Column]:
        """Columns whose names hold all of these words."""
        if not words:
            return []
        sets = sorted((self._by_word.get(word, set()) for word in words), key=len)
        common = set(sets[0]).intersection(*sets[1:])
        return [self.columns[number] for number in sorted(common)]

    # ---- making of ----------------------------------------------------------------------------------------

    def _columns(self) -> Iterable[Column]:
        number = 0
        for file, each in enumerate(self.numbers):
            values: list[array[float]] = [array("d") for _ in each.fields]
            indices: list[array[int]] = [array("I") for _ in each.fields]
            for index, (field, value) in enumerate(zip(each.field_of, each.values, strict=True)):
                values[field].append(value)
                indices[field].append(index)
            for field_, held, at in zip(each.fields, values, indices, strict=True):
                if held:
                    yield Column(number, file, each.kind, each.path, field_.name, field_.unit, held, at)
                    number += 1

    def _index(self, column: Column) -> None:
        parts = re.split(r"\.|\s›\s", column.name)
        keys = {name_key(column.name), name_key(parts[-1])}
        if column.kind is not FileKind.MD:  # a heading is no name of what stands below it
            keys |= {
                name_key(".".join(parts[start:]))
                for start in range(max(0, len(parts) - _LONGEST_PATH), len(parts))
            }
            keys |= {key for part in parts[:-1] if "_" in (key := name_key(part))}
            keys |= {words_key(parts[-1]), words_key(" ".join(parts[-2:]))} - {""}
        for key in keys:
            self._by_name[key].append(column.number)
        for word in column.words | content_of(column.name):
            self._by_word[word].add(column.number)
