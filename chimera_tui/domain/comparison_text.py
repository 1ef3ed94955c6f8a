"""The figures of a comparison as people read them: one way for every screen, output and sentence."""

from __future__ import annotations

from chimera_tui.domain.comparison import ComparedMetric
from chimera_tui.domain.formatting import MISSING, count, duration, rate, sig3

DOUBLED = 100.0
"""Per cent. From a doubling on a difference is told as a factor: 23.3× says more than +2,230 %."""
_FINEST = 2
"""Decimals of a percentage: below a hundredth of a per cent nothing is measured."""
_LEAST_P = 0.001
_WHOLE_TOKENS = 100
"""From here on tokens are whole, with every figure."""
VERDICTS = {"unknown": "can not tell"}
"""Where the word is not the verdict's own."""


def value_text(value: float | None, unit: str) -> str:
    """A figure with its unit: `40.2 tok/s`, `831 ms`, `1,224 tok`, `3.10 J`."""
    match unit:
        case "ns":
            return duration(value)
        case "tok/s":
            return rate(value)
        case "tokens":
            text = count(round(value)) if value is not None and value >= _WHOLE_TOKENS else sig3(value)
            return text if text == MISSING else f"{text} tok"
        case _:
            text = sig3(value)
            return text if text == MISSING else f"{text} {unit}".rstrip()


def is_factor(percent: float | None) -> bool:
    return percent is not None and percent >= DOUBLED


def percent_text(percent: float) -> str:
    """Three significant figures, hundredths at most, without the unit: `5.28`, `93.4`, `0.05`."""
    if percent == 0:
        return "0"
    return sig3(float(percent)) if abs(percent) >= 1 else f"{percent:.{_FINEST}f}"


def variation_text(share: float | None) -> str:
    """A coefficient of variation: `1.14 %` of 0.0114."""
    return MISSING if share is None else f"{percent_text(100 * share)} %"


def factor_text(percent: float) -> str:
    """What a difference in per cent multiplies by, without its sign: `3.35` of +235 %."""
    return sig3(float(1 + percent / 100))


def difference_text(row: ComparedMetric) -> str:
    """Of B against A: `+5.28 %`, `-93.4 %`, `3.35×`."""
    percent = row.difference_percent
    if percent is None:
        return MISSING
    return f"{factor_text(percent)}×" if is_factor(percent) else f"{_signed(percent)} %"


def interval_text(row: ComparedMetric) -> str:
    """In the form of its difference: `+4.70 … +5.90 %`, `3.26 … 3.44×`."""
    low, high = row.low_percent, row.high_percent
    if low is None or high is None:
        return MISSING
    if is_factor(row.difference_percent):
        return f"{factor_text(low)} … {factor_text(high)}×"
    return f"{_signed(low)} … {_signed(high)} %"


def p_text(p: float | None) -> str:
    return MISSING if p is None else "<0.001" if p < _LEAST_P else sig3(float(p))


def p_words(p: float) -> str:
    """`p = 0.00216`, `p < 0.001`."""
    return f"p < {_LEAST_P:g}" if p < _LEAST_P else f"p = {p_text(p)}"


def verdict_text(row: ComparedMetric) -> str:
    if not row.a or not row.b:
        return "not reported"
    return VERDICTS.get(row.verdict, row.verdict)


def runs_text(n: int) -> str:
    """`1 run`, `5 runs`."""
    return f"{count(n)} {'run' if n == 1 else 'runs'}"


def _signed(percent: float) -> str:
    return f"{'+' if percent > 0 else ''}{percent_text(percent)}"
