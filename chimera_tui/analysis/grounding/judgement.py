"""What a judge says of one claim, and numbers as it writes them."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.analysis.grounding.scan import Token
from chimera_tui.domain.grounding import FactPlace
from chimera_tui.domain.verdicts import Verdict

LAST_DIGIT = 1e-12
"""Relative: a report and a file may differ in the last binary digit of a float."""


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    truth: str = ""
    place: FactPlace | None = None
    why: str = ""


def agrees(token: Token, value: float, *, slack: float = 0.0) -> bool:
    """Whether a number as it is written stands for this value: at the precision written, to the last digit of a
    float; `slack` is a share that it may be off besides."""
    if token.value is None:
        return False
    off = abs(token.value - value)
    return off <= token.half_step * (1 + 1e-9) + abs(value) * (LAST_DIGIT + slack)


def shown(value: float, unit: str = "") -> str:
    """A true value for people: whole numbers in full, others with up to six significant digits, and the unit."""
    text = f"{int(value):,}" if value == int(value) and abs(value) < 1e15 else f"{value:.6g}"
    return f"{text} {unit}" if unit else text
