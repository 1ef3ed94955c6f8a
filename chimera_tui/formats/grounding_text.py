"""What became of a report's numbers, in words: the same in files, on standard output and in comparisons."""

from __future__ import annotations

from chimera_tui.domain.formatting import count, percent
from chimera_tui.domain.grounding import CheckedNumber, Remark
from chimera_tui.domain.names import printable
from chimera_tui.domain.verdicts import Tally, Verdict

_LONGEST_SUBJECT = 48
_OPEN_ENDS = " \t(:,;-–—*_|"


def tally_text(tally: Tally) -> str:
    """`38 of 44 numbers supported (86.4 %), 3 contradicted, 1 misattributed, 2 unsupported`; zeros left out."""
    if not tally.claims:
        return "no number states anything about the files"
    numbers = "number" if tally.claims == 1 else "numbers"
    whole = f"{count(tally.supported)} of {count(tally.claims)} {numbers} supported ({percent(tally.score)})"
    rest = (
        (tally.contradicted, Verdict.CONTRADICTED),
        (tally.misattributed, Verdict.MISATTRIBUTED),
        (tally.unsupported, Verdict.UNSUPPORTED),
    )
    return ", ".join([whole, *(f"{count(number)} {verdict.value}" for number, verdict in rest if number)])


def source_text(number: CheckedNumber) -> str:
    """The true value and where it stands: `28 (inventory: csv files)`; else the place, else the judgement."""
    place = "" if number.place is None else str(number.place)
    if number.truth:
        return f"{number.truth} ({place})" if place else number.truth
    return place or number.why


def subject_text(number: CheckedNumber) -> str:
    """What the number is said of, of a long one the end: `…with the majority of files modified between`."""
    subject = printable(number.subject).strip(_OPEN_ENDS)
    if len(subject) <= _LONGEST_SUBJECT:
        return subject
    cut = subject[-_LONGEST_SUBJECT:]
    return f"…{cut.partition(' ')[2] or cut}"


def fact_text(number: CheckedNumber) -> str:
    """`✓ 44: inventory: json files`, `✗ 67: true value 28 (inventory: csv files)`, `≠ 0.5: really ttft_s (…)`."""
    lead = {Verdict.CONTRADICTED: "true value ", Verdict.MISATTRIBUTED: "really "} if number.truth else {}
    said = f"{lead.get(number.verdict, '')}{source_text(number)}" or number.verdict.value
    return f"{number.verdict.sign} {number.text}: {said}"


def remark_text(remark: Remark, line: int) -> str:
    """`line 14: wrong date: dated 2023, …`; a `line` of 0 is not named."""
    where = f"line {line}: " if line else ""
    return f"{where}{remark.kind}: {remark.text}"
