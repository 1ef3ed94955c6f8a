"""Grounding as JSON: in `metrics.json`, and as `chimera check --json` prints it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chimera_tui.domain.grounding import CheckedNumber, CheckedText, FactPlace, Remark
from chimera_tui.domain.repair import Repair
from chimera_tui.domain.runs import AgentOutcome
from chimera_tui.domain.verdicts import Tally
from chimera_tui.domain.wire import adapter
from chimera_tui.formats.finding_facts import FindingFacts
from chimera_tui.formats.metrics_request import request_document

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grounding:
    """What checking a report came to, beyond the counts of its outcome."""

    checked: CheckedText | None = None
    mended: tuple[CheckedNumber, ...] = ()
    """The numbers of the first text that the model was asked to mend."""
    unrepaired: str = ""
    """Name of the file that keeps the first text; empty when nothing was mended."""


UNCHECKED = Grounding()


def grounding_document(outcome: AgentOutcome, found: Grounding) -> Document | None:
    """What became of a report's numbers; None where it was not checked."""
    tally, checked = outcome.grounding, found.checked
    if tally is None and not outcome.remarks and checked is None:
        return None
    return {
        "score": None if tally is None else tally.score,
        "counts": None if tally is None else counts_document(tally),
        "files": None if checked is None else checked.files,
        "problem": (checked.problem or None) if checked is not None else None,
        "numbers": None if checked is None else [number_document(each) for each in checked.numbers],
        "remarks": [remark_document(each) for each in outcome.remarks],
    }


def read_grounding(document: Document | None) -> tuple[Tally | None, tuple[Remark, ...]]:
    """Counts and remarks; ValueError or TypeError for what is none."""
    if document is None:
        return None, ()
    counts = document["counts"]
    tally: Tally | None = None if counts is None else adapter(Tally).validate_python(counts)
    return tally, tuple(adapter(Remark).validate_python(each) for each in document["remarks"])


def repair_document(repair: Repair | None, found: Grounding) -> Document | None:
    """What came of asking the model to mend its numbers; None where it was not asked."""
    if repair is None:
        return None
    return {
        "taken": repair.taken,
        "why": repair.why,
        "before": counts_document(repair.before),
        "after": None if repair.after is None else counts_document(repair.after),
        "numbers": None if found.checked is None else [number_document(each) for each in found.mended],
        "unrepaired": found.unrepaired or None,
        "request": None if repair.request is None else request_document(repair.request),
    }


def read_repair(document: Document | None) -> Repair | None:
    return None if document is None else adapter(Repair).validate_python(document)


def counts_document(tally: Tally) -> Document:
    return {
        "supported": tally.supported,
        "contradicted": tally.contradicted,
        "misattributed": tally.misattributed,
        "unsupported": tally.unsupported,
    }


def number_document(number: CheckedNumber) -> Document:
    """One number; what is not known is null."""
    return {
        "line": number.line,
        "start": number.start,
        "end": number.end,
        "number": number.text,
        "verdict": number.verdict.value,
        "subject": number.subject or None,
        "truth": number.truth or None,
        "place": None if number.place is None else place_document(number.place),
        "why": number.why or None,
    }


def place_document(place: FactPlace) -> Document:
    """`path` is null for the inventory itself."""
    return {
        "text": str(place),
        "path": place.path or None,
        "field": place.field or None,
        "row": place.row or None,
        "statistic": place.statistic or None,
    }


def remark_document(remark: Remark) -> Document:
    """`line` is 0 for the text as a whole."""
    return {"kind": remark.kind, "line": remark.line, "text": remark.text}


def finding_document(finding: FindingFacts) -> Document:
    """A key finding with the checked numbers that it rests on; null when its text was not checked."""
    numbers = finding.numbers
    return {
        "text": finding.text,
        "numbers": None if numbers is None else [number_document(each) for each in numbers],
    }
