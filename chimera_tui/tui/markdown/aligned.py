"""Which characters of rendered lines show which characters of the Markdown they were made of.

Rendering takes marks away, wraps, numbers lists anew and sets tables in columns, but the words stay: so words are
paired, those that occur once on both sides first (patience diff, Bram Cohen), then within the gaps between them.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

_WORD = re.compile(r"\d+|[^\W\d_]+")
_ROUNDS = 12
"""Gaps within gaps are looked at so often; each round takes time in proportion to the text."""
_LOOKS = 32
"""So many places of a piece are looked for in its lines; those behind them are known by their line only."""
_LEAST_PART = 4
"""Characters of a text that was broken over two lines by which its beginning is known."""

Pair = tuple[int, int]
_Gap = tuple[int, int, int, int]
"""(first, end) on the left, (first, end) on the right."""


class Stretch(NamedTuple):
    """Characters of one line; of no width where only the line is known."""

    line: int
    start: int
    end: int


class Aligned:
    """A piece of Markdown beside the lines that were rendered from it."""

    def __init__(self, source: str, lines: Sequence[str]) -> None:
        self._source = source
        self._lines = lines
        self._words = [match.span() for match in _WORD.finditer(source)]
        self._shown = [Stretch(y, *match.span()) for y, line in enumerate(lines) for match in _WORD.finditer(line)]
        left = [source[start:end] for start, end in self._words]
        right = [lines[word.line][word.start : word.end] for word in self._shown]
        self._pairs = paired_words(left, right)
        self._looks_left = _LOOKS

    def find(self, start: int, end: int) -> tuple[Stretch, ...]:
        """Where these characters of the source are shown: several stretches where they are broken over lines,
        one of no width where they can not be told from others or are not shown at all."""
        first, last = self._words_within(start, end)
        pairs = self._pairs[bisect_left(self._pairs, (first, -1)) : bisect_left(self._pairs, (last, -1))]
        if last > first and len(pairs) == last - first:
            return self._joined(pairs, start, end)
        return self._looked_for(start, end)

    def _words_within(self, start: int, end: int) -> Pair:
        """Numbers of the words of which a part lies within."""
        return (
            bisect_right(self._words, start, key=lambda word: word[1]),
            bisect_left(self._words, end, key=lambda word: word[0]),
        )

    def _joined(self, pairs: Sequence[Pair], start: int, end: int) -> tuple[Stretch, ...]:
        found: list[Stretch] = []
        for _, index in pairs:
            word = self._shown[index]
            if found and found[-1].line == word.line:
                word = Stretch(word.line, found.pop().start, word.end)
            found.append(word)
        before = self._words[pairs[0][0]][0] - start
        after = end - self._words[pairs[-1][0]][1]
        found[0] = self._with_sign(found[0], self._source[start : start + max(0, before)])
        line, first, last = found[-1]
        tail = self._source[end - after : end] if after > 0 else ""
        if tail and self._lines[line].startswith(tail, last):
            found[-1] = Stretch(line, first, last + len(tail))
        return tuple(found)

    def _with_sign(self, stretch: Stretch, sign: str) -> Stretch:
        """What stands before the first word and is no word, such as a minus, belongs to it where it is shown."""
        line, start, end = stretch
        return (
            Stretch(line, start - len(sign), end)
            if sign and self._lines[line].endswith(sign, 0, start)
            else stretch
        )

    def _looked_for(self, start: int, end: int) -> tuple[Stretch, ...]:
        """The first place where the text, or else a good part of its beginning, stands by itself: as in a cell of
        a table that was wrapped. It lies among the lines of its own row; else the first of these."""
        if not self._lines:
            return ()
        row = self._pairs_of_row(start, end)
        low, high = self._lines_of_row(row)
        text = self._source[start:end].strip()
        self._looks_left -= 1
        if not text or self._looks_left < 0:
            return (Stretch(low, 0, 0),)
        own = self._words_within(start, end)
        taken = {self._shown[shown] for word, shown in self._pairs[slice(*row)] if not own[0] <= word < own[1]}
        whole = len(text)
        for length in (whole, *range(whole - 1, max(_LEAST_PART, whole // 2) - 1, -1)):
            alone = re.compile(rf"(?<!\w)(?<!\d[.,]){re.escape(text[:length])}(?!\d|[.,]\d)")
            for line in range(low, high + 1):
                for match in alone.finditer(self._lines[line]):
                    if not any(Stretch(line, *word.span()) in taken for word in _within(self._lines[line], match)):
                        return (Stretch(line, *match.span()),)
        return (Stretch(low, 0, 0),)

    def _pairs_of_row(self, start: int, end: int) -> Pair:
        """Those of the words on the same line of the source."""
        row, behind = self._source.rfind("\n", 0, start) + 1, self._source.find("\n", end)
        first = bisect_left(self._words, row, key=lambda word: word[0])
        last = bisect_left(self._words, behind, key=lambda word: word[0]) if behind >= 0 else len(self._words)
        return bisect_left(self._pairs, (first, -1)), bisect_left(self._pairs, (last, -1))

    def _lines_of_row(self, row: Pair) -> Pair:
        """First and last of the lines that show these pairs, or of those between their neighbours."""
        if lines := [self._shown[shown].line for _, shown in self._pairs[slice(*row)]]:
            return min(lines), max(lines)
        low = self._shown[self._pairs[row[0] - 1][1]].line if row[0] else 0
        high = self._shown[self._pairs[row[1]][1]].line if row[1] < len(self._pairs) else len(self._lines) - 1
        return low, max(low, high)


def _within(line: str, match: re.Match[str]) -> Iterable[re.Match[str]]:
    return _WORD.finditer(line, match.start(), match.end())


def paired_words(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    """Pairs of equal words, increasing on both sides. Takes time in proportion to the words, but for sorting."""
    pairs: list[Pair] = []
    gaps: list[_Gap] = [(0, len(left), 0, len(right))]
    for _ in range(_ROUNDS):
        inner: list[_Gap] = []
        for gap in gaps:
            a, b, c, d = _ends(left, right, gap, pairs)
            anchors = _anchors(left[a:b], right[c:d]) if a < b and c < d else []
            found = [(a + i, c + j) for i, j in anchors]
            pairs += found
            if found:
                borders = [(a - 1, c - 1), *found, (b, d)]
                inner += [(p + 1, q, r + 1, s) for (p, r), (q, s) in pairwise(borders)]
        gaps = [(a, b, c, d) for a, b, c, d in inner if a < b and c < d]
        if not gaps:
            break
    return sorted(pairs)


def _ends(left: Sequence[str], right: Sequence[str], gap: _Gap, pairs: list[Pair]) -> _Gap:
    """Pair what is equal at both ends of a gap; what is left of it."""
    a, b, c, d = gap
    while a < b and c < d and left[a] == right[c]:
        pairs.append((a, c))
        a, c = a + 1, c + 1
    while a < b and c < d and left[b - 1] == right[d - 1]:
        b, d = b - 1, d - 1
        pairs.append((b, d))
    return a, b, c, d


def _anchors(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    """Words that occur equally often on both sides, those that occur once first of all, paired in order."""
    here, there = Counter(left), Counter(right)
    alike = {word for word, times in here.items() if there[word] == times}
    for wanted in ({word for word in alike if here[word] == 1}, alike):
        places: dict[str, list[int]] = {}
        for j in range(len(right) - 1, -1, -1):
            if right[j] in wanted:
                places.setdefault(right[j], []).append(j)
        candidates = [(i, places[word].pop()) for i, word in enumerate(left) if word in wanted]
        if candidates:
            return _increasing(candidates)
    return []


def _increasing(pairs: Sequence[Pair]) -> list[Pair]:
    """The longest subsequence that increases on the right too."""
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, j) in enumerate(pairs):
        length = bisect_left(tails, j)
        before.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(j)
            ends.append(index)
        else:
            tails[length], ends[length] = j, index
    chain: list[Pair] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]
