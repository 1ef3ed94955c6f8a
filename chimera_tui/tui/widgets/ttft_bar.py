"""TTFT as one line of cells: each part with a letter, a fill and a colour, while it grows and once it is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from chimera_tui.domain.metrics import AgentState, RequestMetrics, TtftParts
from chimera_tui.tui import formatting
from chimera_tui.tui.projection import AgentView
from chimera_tui.tui.widgets.lines import Span, fit


class PartLook(NamedTuple):
    """How one part is told apart: no two share a letter or a fill."""

    letter: str
    fill: str
    style: str
    word: str


LOOKS: tuple[PartLook, ...] = (
    PartLook("q", "░", "warn", "queue"),
    PartLook("l", "█", "title", "load"),
    PartLook("p", "▓", "accent", "prefill"),
    PartLook("d", "▒", "good", "1st decode"),
    PartLook("r", "·", "dim", "rest"),
)
"""In the order in which a request goes through them."""

INFERRED = "≈"
"""Before the server's counters have come, the bar shows what was inferred from outside."""

_WAITS = {AgentState.QUEUED: 0, AgentState.LOADING: 1, AgentState.PREFILL: 2}
_SECOND = 1_000_000_000
_LEAST_WITH_SCALE = 12


def in_order(parts: TtftParts) -> tuple[int, ...]:
    """The five parts in the order of `LOOKS`, ns."""
    return parts.queue_ns, parts.load_ns, parts.prefill_ns, parts.first_decode_ns, parts.rest_ns


def shares(values: Sequence[int], width: int) -> list[int]:
    """Cells per value, `width` in all, by the largest remainder; a part above zero has at least one, zero none.

    With more parts than cells the largest parts get one each; all is zero when every value is.
    """
    total = sum(values)
    if total <= 0 or width <= 0:
        return [0] * len(values)
    shown = sorted((i for i, value in enumerate(values) if value > 0), key=lambda i: -values[i])[:width]
    cells = [value * width // total for value in values]
    by_remainder = sorted(range(len(values)), key=lambda i: (-(values[i] * width % total), i))
    for index in by_remainder[: width - sum(cells)]:
        cells[index] += 1
    for index in shown:
        if cells[index] == 0:
            cells[index] = 1
            cells[max(range(len(cells)), key=lambda i: cells[i])] -= 1
    return cells


def _cells(values: Sequence[int], width: int) -> list[Span]:
    """Each part's letter, then its fill."""
    spans: list[Span] = []
    for look, count in zip(LOOKS, shares(values, width), strict=True):
        if count:
            spans.append((look.letter + look.fill * (count - 1), look.style))
    return spans


def inferred_parts(view: AgentView) -> tuple[int, ...] | None:
    """What the newest request has waited for so far, or did until its first token; None when nobody knows."""
    request = view.metrics.requests[-1] if view.metrics.requests else None
    whole = view.metrics.waiting_ns if view.metrics.waiting_ns is not None else _ttft(request)
    if request is None or whole is None:
        return None
    sent = request.client.sent_ns
    waits = [(state, at) for state, at in view.waits if state in _WAITS]
    if not waits and view.metrics.state in _WAITS:
        waits = [(view.metrics.state, sent)]
    if not waits:
        return None
    values = [0] * len(LOOKS)
    begins = [0, *(min(max(0, at - sent), whole) for _, at in waits[1:]), whole]
    for (state, _), begin, end in zip(waits, begins, begins[1:], strict=False):
        values[_WAITS[state]] += max(0, end - begin)
    return tuple(values)


def _ttft(request: RequestMetrics | None) -> int | None:
    return request.ttft_ns if request is not None else None


def scale_of(waited_ns: int) -> int:
    """The least of 1, 2, 5, 10, … seconds that the wait fits into: the full width of a growing bar, ns."""
    step = _SECOND
    while True:
        for factor in (1, 2, 5):
            if waited_ns <= factor * step:
                return factor * step
        step *= 10


def ttft_bar(view: AgentView, width: int) -> tuple[Span, ...]:
    """Exactly `width` cells: the true parts in proportion, or the growing wait on a scale that is named."""
    metrics = view.metrics
    request = metrics.requests[-1] if metrics.requests else None
    parts = request.ttft_parts if request is not None else None
    if parts is not None and sum(in_order(parts)) > 0:
        return tuple(_cells(in_order(parts), width))
    inferred = inferred_parts(view)
    over = request is not None and request.client.closed_ns is not None  # then a guess is no measurement
    if inferred is None or sum(inferred) == 0 or over:
        return ((fit(formatting.MISSING, width), "dim"),)
    if metrics.waiting_ns is None:
        return ((INFERRED, "dim"), *_cells(inferred, width - 1))
    return _growing(inferred, width)


def ttft_figures(view: AgentView, width: int) -> Span:
    """The same without a plot: shares of the true parts, or what the wait was spent on so far."""
    metrics = view.metrics
    request = metrics.requests[-1] if metrics.requests else None
    parts = request.ttft_parts if request is not None else None
    if parts is not None and (total := sum(in_order(parts))) > 0:
        told = [
            f"{look.letter} {100 * value / total:.0f}"
            for look, value in zip(LOOKS, in_order(parts), strict=True)
            if value
        ]
        return f"{' · '.join(told)} %", "value"
    inferred = inferred_parts(view)
    over = request is not None and request.client.closed_ns is not None
    if inferred is None or sum(inferred) == 0 or over:
        return formatting.MISSING, "dim"
    waits = [
        f"{look.letter} {formatting.duration(value)}" for look, value in zip(LOOKS, inferred, strict=True) if value
    ]
    return fit(f"{INFERRED} {' · '.join(waits)}", width).rstrip(), "dim"


def _growing(values: Sequence[int], width: int) -> tuple[Span, ...]:
    waited = sum(values)
    scale = scale_of(waited)
    end = f"┊{scale // _SECOND} s" if width >= _LEAST_WITH_SCALE else ""
    room = width - 1 - len(end)
    least = sum(1 for value in values if value > 0)
    filled = min(room, max(least, round(room * waited / scale)))
    return ((INFERRED, "dim"), *_cells(values, filled), (" " * (room - filled), ""), (end, "dim"))
