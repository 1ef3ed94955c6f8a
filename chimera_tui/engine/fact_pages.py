"""The numbers of each file as lines, and which of them are kept when not all fit."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from chimera_tui.domain.inventory import FieldFact, FileEntry, FileFacts
from chimera_tui.domain.names import FileKind, printable

_EQUALS = re.compile("={3,}")
_TIMES = re.compile(r"timestamp|epoch|unix", re.IGNORECASE)
_CHUNKS = (6, 3, 2, 1)
"""How many facts of one file are taken at a time; the largest that gives every folder and kind a first share."""
_MISSES = 64
"""After so many shares in a row that do not fit, the rest is not tried."""


def name_of(untrusted: str) -> str:
    """A file or field name as one line that can not end the fact block."""
    return _EQUALS.sub(lambda run: "\\x3d" * len(run.group()), printable(untrusted))


def number(value: float) -> str:
    """A whole number in full, any other in at most six significant digits."""
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.6g}"


class Page:
    """One file's lines: its path once, then one line per numeric field."""

    def __init__(self, entry: FileEntry, facts: FileFacts | None) -> None:
        self.path = entry.path
        self.group = (entry.folder, entry.kind)
        self._entry = entry
        self._rows = facts.rows if facts else None
        self.fields = tuple(field for field in (facts.fields if facts else ()) if is_finite(field))

    @property
    def title(self) -> str:
        what = "lines" if self._entry.kind is FileKind.MD else "rows"
        rows = "not read" if self._rows is None else f"{self._rows} {what}"
        return f"[{name_of(self.path)}] {rows}"

    def wanted(self) -> list[int]:
        """Indices of the fields: rates and TTFT first, then what has a unit, then settings and identifiers,
        last stamps and what is 0 throughout, as after a failed run."""
        return sorted(range(len(self.fields)), key=lambda index: (_rank(self.fields[index]), index))

    def best_rank(self) -> int:
        """How telling its best field is; less is more."""
        return min(map(_rank, self.fields))

    def lines(self, indices: Iterable[int]) -> list[str]:
        return [self.title, *(_fact_line(self.fields[index]) for index in sorted(indices))]


def _rank(field: FieldFact) -> int:
    if field.min == field.max == 0 or _TIMES.search(field.field):
        return 3
    if field.unit == "tok/s" or "ttft" in field.field.casefold():
        return 0
    return 1 if field.unit else 2


def is_finite(field: FieldFact) -> bool:
    return all(math.isfinite(value) for value in (field.min, field.mean, field.median, field.max))


def with_unit(value: float, unit: str) -> str:
    return f"{number(value)} {name_of(unit)}" if unit else number(value)


def _fact_line(field: FieldFact) -> str:
    """Each number with its unit, since a model takes a line apart; equal values are one number."""
    if field.min == field.max:
        every = "every " if field.count > 1 else ""
        return f"· {name_of(field.field)} · n={field.count} {every}value={with_unit(field.min, field.unit)}"
    told = {"min": field.min, "mean": field.mean, "median": field.median, "max": field.max}
    each = " ".join(f"{statistic}={with_unit(value, field.unit)}" for statistic, value in told.items())
    return f"· {name_of(field.field)} · n={field.count} {each}"


def length(lines: Iterable[str]) -> int:
    return sum(len(line) + 1 for line in lines)


@dataclass(frozen=True, slots=True)
class _Share:
    """Some fields of one file, taken or left together."""

    page: Page
    indices: tuple[int, ...]

    def cost(self, named: bool) -> int:
        lines = self.page.lines(self.indices)
        return length(lines[1:] if named else lines)


def _shares(pages: Sequence[Page], size: int) -> Iterator[_Share]:
    """A group's files one after the other, `size` fields of each; then the next fields of each, and so on."""
    orders = [(page, page.wanted()) for page in pages]
    for page, order in orders:
        yield _Share(page, tuple(order[:size]))
    start = size
    while orders := [(page, order) for page, order in orders if len(order) > start]:
        for page, order in orders:
            yield _Share(page, tuple(order[start : start + size]))
        start += size


def _in_turns(turns: Sequence[Iterator[_Share]]) -> Iterator[_Share]:
    """One share of each group, then another of each, until all are through."""
    while turns:
        heads = [(turn, next(turn, None)) for turn in turns]
        yield from (share for _, share in heads if share is not None)
        turns = [turn for turn, share in heads if share is not None]


def _groups(pages: Sequence[Page]) -> list[list[Page]]:
    """Files with numbers by folder and kind, rates and TTFT first among the groups and in each of them."""
    groups: dict[tuple[str, FileKind], list[Page]] = defaultdict(list)
    for page in sorted((page for page in pages if page.fields), key=Page.best_rank):
        groups[page.group].append(page)
    return list(groups.values())


def _chunk_size(groups: Sequence[Sequence[Page]], room: int) -> int:
    for size in _CHUNKS:
        first = (next(_shares(members[:1], size)) for members in groups)
        if sum(share.cost(named=False) for share in first) <= room:
            return size
    return _CHUNKS[-1]


def share_out(pages: Sequence[Page], room: int) -> dict[str, list[int]]:
    """Indices of the fields to keep, by path, in at most `room` characters.

    Folders and kinds take turns, so that a cut sheet still covers each of them; files without numbers are named
    last.
    """
    groups = _groups(pages)
    size = _chunk_size(groups, room)
    wanted = chain(
        _in_turns([_shares(members, size) for members in groups]),
        (_Share(page, ()) for page in pages if not page.fields),
    )
    taken: dict[str, list[int]] = {}
    misses = 0
    for share in wanted:
        cost = share.cost(named=share.page.path in taken)
        if cost > room:
            misses += 1
            if misses == _MISSES:
                break
            continue
        misses = 0
        room -= cost
        taken.setdefault(share.page.path, []).extend(share.indices)
    return taken
