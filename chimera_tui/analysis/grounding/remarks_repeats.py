"""The same words again and again: a model that has fallen into a loop."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from itertools import groupby, islice

from chimera_tui.analysis.grounding.remarks_text import Line, excerpt
from chimera_tui.domain.grounding import Remark

_MARKER = re.compile(r"\s*(?:(?:[-*+•>]|\d{1,4}[.)]|#{1,6})\s+)?")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"\S+")
_LETTERS, _MANY_LETTERS = 20, 40
"""A line of fewer than 20 letters may well stand in every section: a label, a status, `not reported`."""
_IN_A_ROW, _ROWS_IN_A_ROW, _IN_ALL = 3, 6, 6
_SHARE = 0.1
"""So many equal lines one after the other, or of a table's rows; or so many long ones wherever they stand, when
they are this share of all lines as well: a reference says the same of many functions."""
_ANY_IN_A_ROW = 12
"""However short they are."""
_ROUNDS, _PHRASE_ROUNDS = 3, 4
_PHRASE_WORDS = 24
"""What is repeated within a line has to come to so many words."""
_WORDS_OF_LINE = 20_000
_MOST = 3


def repeats(lines: Sequence[Line]) -> Iterator[Remark]:
    """Passages, lines and phrases that repeat, each told once, where it stands first."""
    written = [line for line in lines if not line.code and line.text.strip()]
    found = sorted(_found(written), key=lambda remark: remark.line)
    yield from found[:_MOST]
    if len(found) > _MOST:
        yield Remark("repeats", 0, f"{len(found) - _MOST} more lines or phrases that are repeated")


def _found(lines: Sequence[Line]) -> Iterator[Remark]:
    keys = [_key(line.text) for line in lines]
    looping: set[str] = set()
    for start, period, rounds in _loops(keys, 2):
        body = keys[start : start + period]
        if len(set(body)) > 1 and rounds >= _ROUNDS and _letters("".join(body)) >= _MANY_LETTERS:
            looping.update(body)
            words = f"{period} lines are written {rounds} times, one after the other: {excerpt(lines[start].text)}"
            yield Remark("repeats", lines[start].number, words)
    yield from _equal_lines(lines, keys, looping)
    for line in lines:
        yield from _phrases(line)


def _key(text: str) -> str:
    """What a line says without its list number, heading sign and spacing."""
    marker = _MARKER.match(text)
    return " ".join(text[marker.end() if marker else 0 :].split()).casefold()


def _letters(text: str) -> int:
    return len(_LETTER.findall(text))


def _loops(keys: Sequence[Hashable], size: int) -> Iterator[tuple[int, int, int]]:
    """(first index, period, rounds) of every stretch of which each `size` neighbours stood `period` before too."""
    seen: dict[int, int] = {}
    period = run = 0
    for index in range(len(keys) - size + 2):
        gram = hash(tuple(keys[index : index + size])) if index <= len(keys) - size else None
        before = index - seen.get(gram, index) if gram is not None else 0
        if before and before == period:
            run += 1
        else:
            if run:
                yield index - run - period, period, (run + size - 1) // period + 1
            period, run = before, 1 if before else 0
        if gram is not None:
            seen[gram] = index


def _equal_lines(lines: Sequence[Line], keys: Sequence[str], looping: set[str]) -> Iterator[Remark]:
    counts = Counter(keys)
    often = {key for key, count in counts.items() if count >= _IN_A_ROW and key not in looping}
    longest: Counter[str] = Counter()
    for key, group in groupby(keys):
        if key in often:
            longest[key] = max(longest[key], len(list(group)))
    for line, key in zip(lines, keys, strict=True):
        if key not in often:
            continue
        often.discard(key)
        letters = _letters(key)
        row = _ROWS_IN_A_ROW if key.startswith("|") else _IN_A_ROW
        often_enough = counts[key] >= max(_IN_ALL, _SHARE * len(keys))
        in_a_row = longest[key] >= (row if letters >= _LETTERS else _ANY_IN_A_ROW) and letters > 0
        if in_a_row or (letters >= _MANY_LETTERS and often_enough):
            yield Remark("repeats", line.number, f"one line is written {counts[key]} times: {excerpt(line.text)}")


def _phrases(line: Line) -> Iterator[Remark]:
    if line.text.lstrip().startswith("|"):
        return
    words = [word[0] for word in islice(_WORD.finditer(line.prose), _WORDS_OF_LINE)]
    if len(words) < _PHRASE_WORDS:
        return
    for start, period, rounds in _loops(words, 4):
        phrase = " ".join(words[start : start + period])
        if rounds >= _PHRASE_ROUNDS and rounds * period >= _PHRASE_WORDS and _LETTER.search(phrase):
            yield Remark("repeats", line.number, f"{rounds} times in a row on one line: {excerpt(phrase)}")
            return
