"""The numbers of each file as lines, and which of them are kept when not all fit."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from chimera_tui.domain.inventory import FieldFact, FileEntry, FileFacts, FileKind, printable

_EQUALS = re.compile("={3,}")
_CHUNKS = (6, 3, 1)
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
        self.fields = tuple(field for field in (facts.fields if facts else ()) if _is_finite(field))

    @property
    def title(self) -> str:
        what = "lines" if self._entry.kind is FileKind.MD else "rows"
        rows = "not read" if self._rows is None else f"{self._rows} {what}"
        return f"[{name_of(self.path)}] {self._entry.size_bytes} bytes, {rows}"

    def wanted(self) -> list[int]:
        """Indices of the fields, those with a unit (times, rates) before settings and identifiers."""
        return sorted(range(len(self.fields)), key=lambda index: (not self.fields[index].unit, index))

    def lines(self, indices: Iterable[int]) -> list[str]:
        return [self.title, *(_fact_line(self.fields[index]) for index in sorted(indices))]


def _is_finite(field: FieldFact) -> bool:
    return all(math.isfinite(value) for value in (field.min, field.mean, field.median, field.max))


def _fact_line(field: FieldFact) -> str:
    unit = f" {name_of(field.unit)}" if field.unit else ""
    if field.count == 1:
        return f"· {name_of(field.field)} · n=1 value={number(field.mean)}{unit}"
    return (
        f"· {name_of(field.field)} · n={field.count} min={number(field.min)} mean={number(field.mean)} "
        f"median={number(field.median)} max={number(field.max)}{unit}"
    )


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


def share_out(pages: Sequence[Page], room: int) -> dict[str, list[int]]:
    """Fields to keep by path: folders and kinds take turns, so that a cut sheet still covers each of them."""
    groups: dict[tuple[str, FileKind], list[Page]] = defaultdict(list)
    for page in pages:
        groups[page.group].append(page)
    size = _CHUNKS[-1]
    for candidate in _CHUNKS:
        first = (next(_shares(members[:1], candidate)) for members in groups.values())
        if sum(share.cost(named=False) for share in first) <= room:
            size = candidate
            break
    taken: dict[str, list[int]] = {}
    turns = [_shares(members, size) for members in groups.values()]
    misses = 0
    while turns:
        waiting: list[Iterator[_Share]] = []
        for turn in turns:
            share = next(turn, None)
            if share is None:
                continue
            waiting.append(turn)
            cost = share.cost(named=share.page.path in taken)
            if cost > room:
                misses += 1
                if misses == _MISSES:
                    return taken
                continue
            misses = 0
            room -= cost
            taken.setdefault(share.page.path, []).extend(share.indices)
        turns = waiting
    return taken
