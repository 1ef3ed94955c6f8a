"""What is wrong with a report besides its numbers: empty, cut, another script, gibberish, repeats, a wrong date.

Precision first: a remark is made where what was seen speaks for itself; names, code, quotations, accents, signs
and emoji are no fault. Every rule takes time linear in the text, whatever stands in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera_tui.analysis.grounding.remarks_date import wrong_dates
from chimera_tui.analysis.grounding.remarks_noise import noise
from chimera_tui.analysis.grounding.remarks_repeats import repeats
from chimera_tui.analysis.grounding.remarks_script import other_scripts
from chimera_tui.analysis.grounding.remarks_text import Line, excerpt, lines_of
from chimera_tui.domain.grounding import Remark

_FEW_LETTERS, _MANY_LETTERS = 20, 200
_FEW_WORDS = 8
_TAIL = 80
_SENTENCE = 5
"""Words: a line of fewer may be a label, a name or a greeting, and end as it likes."""
_WORD = re.compile(r"[^\W_]+")
_DANGLING = re.compile(
    r"(?:^|\s)(?:a|an|the|of|to|for|with|and|or|by|from|than|their|its|between|into)$", re.IGNORECASE
)
_HEADING = re.compile(r"#{1,6}(?:\s|$)")
_RULE = re.compile(r"([-*_])(?:\s*\1){2,}\s*$")
_BARE_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,3}[.)])\s*[*_]*$")
_CLOSING_WORDS = re.compile(r"\b(?:end|appendix|references?)\b", re.IGNORECASE)


def remarks(text: str, *, done_reason: str | None = None, today: str = "") -> tuple[Remark, ...]:
    """Everything of this kind that one text gives reason to say, in the order of its lines.

    `done_reason` is the server's (`stop`, `length`, …), None when the text is all there is; `today` is an ISO
    date, and without it no date is called wrong. Never raises.
    """
    lines = lines_of(text)
    if (few := _empty(lines)) is not None:
        return (few, *_cut(lines, done_reason))
    found = [
        *other_scripts(lines),
        *noise(lines),
        *repeats(lines),
        *wrong_dates(lines, today),
        *_cut(lines, done_reason),
    ]
    return tuple(sorted(found, key=lambda remark: remark.line))


def _empty(lines: list[Line]) -> Remark | None:
    letters = words = 0
    first = ""
    for line in lines:
        if _HEADING.match(line.text.lstrip()):
            continue
        found = _WORD.findall(line.text)
        letters += sum(map(len, found))
        words += len(found)
        first = first or line.text
        enough = words >= _FEW_WORDS or not line.text.isascii() or letters >= _MANY_LETTERS
        if letters >= _FEW_LETTERS and enough:
            return None
    if not any(line.text.strip() for line in lines):
        return Remark("empty", 0, "nothing was written")
    if not words:
        return Remark("empty", 0, "headings or signs alone, no text")
    return Remark("empty", 0, f"almost nothing was written: {excerpt(first)}")


# ---- cut -------------------------------------------------------------------------------------------------


def _cut(lines: list[Line], done_reason: str | None) -> Iterator[Remark]:
    """The server's word, or else an end that no writer would choose."""
    last = next((line for line in reversed(lines) if line.text.strip()), None)
    if last is None:
        return
    if done_reason == "length":
        yield Remark("cut", last.number, f"cut at the limit of tokens; ends {excerpt(last.text, end=True)}")
    elif done_reason is None and (why := _broken_end(lines, last)):
        yield Remark("cut", last.number, f"{why}: {excerpt(last.text, end=True)}")


def _broken_end(lines: list[Line], last: Line) -> str:
    if last.code:
        return "" if last.closes or last.fence == _first_written(lines) else "ends inside a block of code"
    text = last.text.strip()
    if _BARE_ITEM.match(text) and not _RULE.match(text):
        return "ends with an empty item of a list"
    if _HEADING.match(text):
        return "" if _CLOSING_WORDS.search(text[:200]) else "ends with a heading and nothing below it"
    if text.startswith("|"):
        before = lines[last.number - 2].text.strip() if last.number > 1 else ""
        whole = before.startswith("|") and before.endswith("|") and not text.endswith("|")
        return "ends in the middle of a table's row" if whole else ""
    bare = text[-_TAIL:].rstrip("*_ ")
    if len(bare.split()) >= _SENTENCE and (bare.endswith(",") or _DANGLING.search(bare)):
        return "ends in the middle of a sentence"
    return ""


def _first_written(lines: list[Line]) -> int:
    """A fence around the whole answer is often not closed; that alone is no cut."""
    return next((line.number for line in lines if line.text.strip()), 0)
