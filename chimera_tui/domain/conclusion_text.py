"""The figures of a conclusion as people read them: one way for every sentence, table and picture."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.domain.campaign_view import CellFigure
from chimera_tui.domain.comparison_text import percent_text, value_text
from chimera_tui.domain.conclusion import CellResult
from chimera_tui.domain.formatting import MISSING, sig3

_MOST_CELLS = 6
"""So many cells are named in a sentence; of more the rest is counted."""
WAYS = {
    "decode rate": ("faster", "slower"),
    "TTFT": ("sooner", "later"),
    "wall": ("shorter", "longer"),
    "grounding": ("higher", "lower"),
}
"""What a better and a worse figure is called."""


def span_text(low: float | None, high: float | None, unit: str) -> str:
    """A 95 % interval: `40.8–41.6 tok/s`, `820–845 ms`; empty for none."""
    if low is None or high is None:
        return ""
    first, last = value_text(low, unit), value_text(high, unit)
    one, _, its_unit = first.rpartition(" ")
    other, _, the_unit = last.rpartition(" ")
    if its_unit == the_unit and one and " " not in one + other:
        return f"{one}–{last}"
    return f"{first}–{last}"


def figure_text(figure: CellFigure | None) -> str:
    """`41.2 tok/s [40.8–41.6 tok/s]`; without an interval what there is, `–` for nothing."""
    if figure is None or figure.mean is None:
        return MISSING
    span = span_text(figure.low, figure.high, figure.unit)
    return value_text(figure.mean, figure.unit) + (f" [{span}]" if span else "")


def figure_words(figure: CellFigure) -> str:
    """`41.2 tok/s (95 % interval 40.8–41.6 tok/s, n = 5)`."""
    span = span_text(figure.low, figure.high, figure.unit)
    told = f"95 % interval {span}, n = {figure.n}" if span else f"n = {figure.n}, too few for an interval"
    return f"{value_text(figure.mean, figure.unit)} ({told})"


def signed_span(low: float | None, high: float | None) -> str:
    """An interval in per cent: `+9.10 … +15.2 %`."""
    if low is None or high is None:
        return MISSING
    return f"{signed(low)} … {signed(high)} %"


def signed(percent: float | None) -> str:
    """`+12.3`, `-4.00`, without the unit."""
    if percent is None:
        return MISSING
    return f"{'+' if percent > 0 else ''}{percent_text(percent)}"


def subject(metric: str, agent: str) -> str:
    """`A's decode rate`, `wall time`, `grounding score`."""
    if not agent:
        return {"wall": "wall time", "grounding": "grounding score"}.get(metric, metric)
    return f"{agent.upper()}'s {metric}"


def cells_words(cells: Sequence[CellResult]) -> str:
    """`cell 4`, `cells 2, 3 and 7`, `cells 1, 2, 3, 4, 5, 6 and 12 more`."""
    numbers = [str(cell.number) for cell in cells]
    if len(numbers) == 1:
        return f"cell {numbers[0]}"
    if len(numbers) > _MOST_CELLS + 1:
        return f"cells {', '.join(numbers[:_MOST_CELLS])} and {len(numbers) - _MOST_CELLS} more"
    return f"cells {', '.join(numbers[:-1])} and {numbers[-1]}"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else "".join(words)


def times_text(value: float | None) -> str:
    """A factor: `1.42×`."""
    return MISSING if value is None else f"{sig3(float(value))}×"
