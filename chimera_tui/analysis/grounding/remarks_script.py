"""Drift into another script: a model of many languages that begins or goes on in one that nobody asked for."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from chimera_tui.analysis.grounding.remarks_text import Line, excerpt
from chimera_tui.domain.grounding import Remark

_SCRIPTS = {
    "LATIN": "Latin", "CYRILLIC": "Cyrillic", "GREEK": "Greek", "ARMENIAN": "Armenian", "GEORGIAN": "Georgian",
    "CJK": "Chinese", "HIRAGANA": "Japanese", "KATAKANA": "Japanese", "HANGUL": "Korean",
    "ARABIC": "Arabic", "HEBREW": "Hebrew", "SYRIAC": "Syriac", "DEVANAGARI": "Devanagari", "BENGALI": "Bengali",
    "TAMIL": "Tamil", "TELUGU": "Telugu", "KANNADA": "Kannada", "MALAYALAM": "Malayalam", "GUJARATI": "Gujarati",
    "GURMUKHI": "Gurmukhi", "ORIYA": "Odia", "SINHALA": "Sinhala", "THAI": "Thai", "LAO": "Lao", "KHMER": "Khmer",
    "MYANMAR": "Burmese", "TIBETAN": "Tibetan", "ETHIOPIC": "Ethiopic", "MONGOLIAN": "Mongolian",
}  # fmt: skip
"""First word of a letter's Unicode name. Letters of other kinds (mathematical, modifiers) belong to no script."""
_CASED = frozenset({"Cyrillic", "Greek", "Armenian"})
_WITHOUT_BLANKS = frozenset({"Chinese", "Japanese", "Thai", "Lao", "Khmer", "Burmese", "Tibetan"})
_WORD = re.compile(r"[^\W\d_]+")
_JOINED = re.compile(r"[^\s\x00-@\[-`{-\xbf\u2000-\u2bff\u3000-\u303f\uff00-\uff20]+")
"""Letters with the vowel signs between them, up to a blank or a sign."""
_LETTERS = {"Greek": 5}
"""Greek letters stand for quantities: a shorter word is a formula."""
_NAME_PARTS, _NAME_WORDS, _NAME_SIGNS = 4, 2, 5
"""So many words with capitals, words of a script without them, or signs of one without blanks may be a name."""
_ITEM = re.compile(r"\s*(?:[-*+•>#|]|\d{1,3}[.)])")
_MOST = 4
"""Remarks of this kind about one text."""
_GAP = 3
"""So many lines without a letter of it do not end a passage."""


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    """The script of one character as it is commonly called; empty for what belongs to none."""
    plain = unicodedata.normalize("NFKC", letter)[:1]
    if not unicodedata.category(plain).startswith(("L", "M")):
        return ""
    return _SCRIPTS.get(unicodedata.name(plain, "").partition(" ")[0], "")


def other_scripts(lines: Sequence[Line]) -> Iterator[Remark]:
    """Passages in a script that is not English's; one that is most of the text is told once, as what it is."""
    counts: Counter[str] = Counter()
    for line in lines:
        _count(line.prose, counts)
    latin = counts.pop("Latin", 0)
    main = _main(counts, latin)
    passages = list(_passages(lines, main))
    if main:
        first = next(line for line in lines if _has(line.prose, main))
        words = f"written in {main}, not in English: {excerpt(first.text)}"
        yield Remark("other script", first.number, words)
    written = [line.number for line in lines if line.text.strip()]
    for passage in passages[:_MOST]:
        rest = main or "Latin"
        what = "begins in" if passage.first == written[0] else "changes to"
        if what == "changes to" and passage.last == written[-1]:
            what = "ends in"
        words = f"{what} {passage.script}: {excerpt(passage.sample)}, the rest is {rest}"
        yield Remark("other script", passage.first, words)
    if len(passages) > _MOST:
        more = f"{len(passages) - _MOST} more passages in other scripts"
        yield Remark("other script", passages[_MOST].first, more)


def _main(counts: Counter[str], latin: int) -> str:
    """The script of most letters, if it is not Latin; kana among Chinese signs are Japanese."""
    if counts["Japanese"] * 10 > counts["Chinese"]:
        counts["Japanese"] += counts.pop("Chinese", 0)
    (script, most), *_ = counts.most_common(1) or [("", 0)]
    return script if most > latin and most >= 20 else ""


def _count(text: str, counts: Counter[str]) -> None:
    if text.isascii():
        counts["Latin"] += sum(map(len, _WORD.findall(text)))
        return
    for letter, times in Counter(text).items():
        if script := script_of(letter) if letter > "\x7f" else "Latin" if letter.isalpha() else "":
            counts[script] += times


def _has(text: str, script: str) -> bool:
    return not text.isascii() and any(script_of(letter) == script for letter in set(text))


@dataclass(slots=True)
class _Passage:
    script: str
    first: int
    last: int
    sample: str


def _passages(lines: Sequence[Line], main: str) -> Iterator[_Passage]:
    """Neighbouring lines that drift into one script, as one."""
    open_: _Passage | None = None
    for line in lines:
        found = None if line.text.isascii() else _drift(line, main)
        if found is None:
            continue
        script, sample = found
        if open_ is not None and open_.script == script and line.number - open_.last <= _GAP:
            open_.last = line.number
            continue
        if open_ is not None:
            yield open_
        open_ = _Passage(script, line.number, line.number, sample)
    if open_ is not None:
        yield open_


@dataclass(slots=True)
class _Seen:
    """One script's letters on one line."""

    words: int = 0
    signs: int = 0
    lower: bool = False
    """A word that begins with a small letter, which no name does."""
    glued: bool = False
    """Grown together with a Latin word."""
    start: int = 0
    """Where the first one stands in the line's own words."""


def _drift(line: Line, main: str) -> tuple[str, str] | None:
    """(script, sample) of the strongest drift on a line, where the evidence is enough."""
    text = line.own_words
    if text.isascii():
        return None
    seen: dict[str, _Seen] = {}
    latin = 0
    for word in _JOINED.finditer(text):
        latin += _look_at(word[0], word.start(), seen)
    seen.pop(main, None)
    if main == "Japanese":
        seen.pop("Chinese", None)
    alone = not latin and not main and len(seen) == 1 and not _ITEM.match(line.text)
    for script, found in sorted(seen.items(), key=lambda item: -item[1].signs):
        if _is_enough(script, found) or alone:
            return script, text[found.start :]
    return None


def _look_at(word: str, start: int, seen: dict[str, _Seen]) -> int:
    """Note a word's letters by script; gives how many are Latin."""
    if word.isascii():
        return len(word)
    scripts = Counter(script_of(letter) if letter > "\x7f" else "Latin" for letter in word)
    for script, times in scripts.items():
        if script in ("", "Latin") or times < _LETTERS.get(script, 1):
            continue
        found = seen.setdefault(script, _Seen(start=start))
        found.words += 1
        found.signs += times
        found.lower |= script in _CASED and times >= 3 and word[0].islower() and script_of(word[0]) == script
        found.glued |= scripts["Latin"] >= 2 and times >= 2 and script not in _CASED
    return scripts["Latin"]


def _is_enough(script: str, found: _Seen) -> bool:
    if found.lower or found.glued:
        return True
    if script in _CASED:
        return found.words > _NAME_PARTS
    if script in _WITHOUT_BLANKS:
        return found.signs > _NAME_SIGNS
    return found.words > _NAME_WORDS
