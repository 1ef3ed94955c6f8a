"""A checked number told in two lines: what the files say of it, and where."""

from __future__ import annotations

from rich.cells import cell_len

from chimera_tui.domain.grounding import CheckedNumber
from chimera_tui.domain.names import printable
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.tui.formatting import crop
from chimera_tui.tui.markdown.lines import Line, Span
from chimera_tui.tui.widgets.lines import roomiest

_LEAST_WHY = 12
"""Cells; less of a reason tells nothing."""
_SETTLES_NOTHING = "nothing in the files settles it"


def finding_lines(number: CheckedNumber, counted: str, width: int) -> tuple[Line, Line]:
    """`✗ contradicted: 67, in truth 44 files … 2 of 7`; below it where the fact stands, and why."""
    verdict = number.verdict
    right = f" {counted} " if counted else " "
    room = max(1, width - cell_len(right))
    left = crop(roomiest(room, *(printable(f" {verdict.sign} {text}") for text in _said(number))), room)
    gap = " " * max(0, width - cell_len(left) - cell_len(right))
    first: tuple[Span, ...] = ((left, f"told told_{verdict.value}"), (gap, "told"), (right, "told"))
    about = f"   {_about(number, max(1, width - 4))}"
    return Line(first, "told"), Line(((crop(about, width), "told"),), "told")


def _said(number: CheckedNumber) -> tuple[str, ...]:
    """From long to short."""
    word = number.verdict.value
    match number.verdict:
        case Verdict.CONTRADICTED if number.truth:
            truth = f", in truth {number.truth}"
        case Verdict.MISATTRIBUTED if number.truth:
            truth = f" is {number.truth}"
        case _:
            truth = ""
    said = f"{number.text}{truth}"
    return f"{word}: {said}", said


def _about(number: CheckedNumber, room: int) -> str:
    """Where the fact stands and why; of a long place the end, which names the field."""
    place = printable(str(number.place)) if number.place is not None else ""
    if cell_len(place) > room:
        keep = len(place)
        while keep and cell_len(place[-keep:]) >= room:
            keep -= 1
        place = f"…{place[-keep:]}" if keep else "…"
    left = room - cell_len(place) - 3
    if not place or not number.why or left < _LEAST_WHY:
        return place or crop(printable(number.why), room)
    return f"{place} · {crop(printable(number.why), left)}"


def no_fact(number: CheckedNumber) -> str:
    """Why there is no file to open for it; empty when there is one."""
    place = number.place
    if place is None:
        why = printable(number.why) or _SETTLES_NOTHING
        return f"{printable(number.text)}: {why}, so there is no place to open"
    if not place.path:
        return f"{printable(str(place))} was counted over all files: there is no single one to open"
    return ""
