"""The numbers of all files, found by value and by name in microseconds."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from chimera_tui.analysis.grounding.columns import MOST_FOUND, Column, Fact, Scope, scopes_of
from chimera_tui.analysis.grounding.inventory_facts import InventoryFacts
from chimera_tui.analysis.grounding.words import content_of, name_key, same_name, words_key
from chimera_tui.domain.file_numbers import FileNumbers
from chimera_tui.domain.grounding import FactPlace
from chimera_tui.domain.grounding_told import ToldInventory
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import FileKind

_LONGEST_PATH = 4
"""Components of a path by which a column can be named."""
_SCOPES_KEPT = 1_000


class Facts:
    """All that the files and their inventory say; does not change."""

    def __init__(
        self, files: Sequence[FileEntry], numbers: Sequence[FileNumbers], told: ToldInventory | None = None
    ) -> None:
        self.inventory = InventoryFacts(files, told)
        self.numbers = tuple(numbers)
        self.columns = tuple(self._columns())
        self._bases = array("I", _starts(self.numbers))
        values = array("d")
        for each in self.numbers:
            values.extend(each.values)
        self._order = array("I", sorted(range(len(values)), key=values.__getitem__))
        """Numbers of all files, counted through, by value."""
        self._values = array("d", map(values.__getitem__, self._order))
        self._columns_of = array("I", bytes(4 * len(values)))
        """By the number counted through."""
        self._by_name: dict[str, list[int]] = defaultdict(list)
        self._by_word: dict[str, set[int]] = defaultdict(set)
        for column in self.columns:
            base = self._bases[column.file]
            for index in column.indices:
                self._columns_of[base + index] = column.number
            self._index(column)
        self._scopes: dict[tuple[tuple[int, ...], tuple[str, ...]], tuple[Scope, ...]] = {}

    @cached_property
    def _labels(self) -> str:
        """All that records call themselves, in one text: whether a model or test is known at all."""
        return "\n".join({same_name(label) for each in self.numbers for label in each.labels})

    @cached_property
    def _paths(self) -> str:
        return "\n".join(same_name(each.path) for each in self.numbers)

    @property
    def count(self) -> int:
        return len(self._values)

    def between(self, low: float, high: float) -> list[Fact]:
        """Numbers from `low` to `high`, both included; at most `MOST_FOUND`."""
        first, last = bisect_left(self._values, low), bisect_right(self._values, high)
        return [
            self._fact(self._order[at], self._values[at]) for at in range(first, min(last, first + MOST_FOUND))
        ]

    def count_between(self, low: float, high: float) -> int:
        return bisect_right(self._values, high) - bisect_left(self._values, low)

    def _fact(self, number: int, value: float) -> Fact:
        file = bisect_right(self._bases, number) - 1
        return Fact(file, number - self._bases[file], value, self._columns_of[number])

    def column_of(self, fact: Fact) -> Column:
        return self.columns[fact.column]

    def place(self, fact: Fact) -> FactPlace:
        each = self.numbers[fact.file]
        field, row = each.place_text(fact.index)
        return FactPlace(each.path, field, row)

    def record_of(self, fact: Fact) -> str:
        """What its record calls itself, in lower case; empty where it has no name."""
        each = self.numbers[fact.file]
        return each.labels[each.labels_of[fact.index]] if each.labels_of else ""

    def is_of(self, fact: Fact, names: Iterable[str]) -> bool:
        """Whether its record, its file or a heading above it has all of these names, as they are compared."""
        column = self.column_of(fact)
        own = same_name(f"{column.path} {self.record_of(fact)} {column.name}")
        return all(name in own for name in names)

    def scopes(self, columns: Sequence[Column], known: tuple[str, ...]) -> tuple[Scope, ...]:
        """Each column by itself; those of one name, one kind, one folder; then all together. Where known models
        are named, of their records alone."""
        key = (tuple(column.number for column in columns), known)
        found = self._scopes.get(key)
        if found is None:
            if len(self._scopes) >= _SCOPES_KEPT:
                self._scopes.clear()
            self._scopes[key] = found = tuple(scopes_of([(c, self.values_of(c, known)) for c in columns]))
        return found

    def known(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of these names that some record or path has, as they are compared."""
        keys = map(same_name, names)
        return tuple(key for key in keys if key in self._labels or key in self._paths)

    def values_of(self, column: Column, known: tuple[str, ...]) -> Sequence[float]:
        """Values of a column, of the records alone that have all of these names."""
        if not known:
            return column.values
        each = self.numbers[column.file]
        path = same_name(each.path)
        held = [all(name in key or name in path for name in known) for key in map(same_name, each.labels)]
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

    def has_word(self, word: str) -> bool:
        """Whether some column has this word in its name."""
        return word in self._by_word

    def of_quantity(self, quantity: str) -> list[Column]:
        """Measured columns of a quantity: in csv and json."""
        return [c for c in self.columns if c.quantity == quantity and c.kind is not FileKind.MD]

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


def _starts(files: Sequence[FileNumbers]) -> Iterator[int]:
    """The number, counted through all files, that each begins with."""
    start = 0
    for each in files:
        yield start
        start += len(each.values)
