"""What a series comes to, and the latency between tokens, as lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from chimera_tui.domain.comparison_text import runs_text, value_text, variation_text
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.statistics import FigureStatistics, Itl, StatisticsView
from chimera_tui.tui import formatting
from chimera_tui.tui.widgets.lines import Line, fit, roomiest
from chimera_tui.tui.widgets.lines_scroll import wrapped

Told = StatisticsView | str | None
"""What the daemon said; why it said nothing; None while it is asked."""

_NAME = 22
_COLUMNS: tuple[tuple[str, int, Callable[[FigureStatistics], str]], ...] = (
    ("mean", 11, lambda row: _with_unit(row.mean, row.unit)),
    ("95 % interval", 16, lambda row: _interval(row)),
    ("sd", 7, lambda row: _bare(row.sd, row.unit)),
    ("cv", 7, lambda row: variation_text(row.variation)),
    ("median", 7, lambda row: _bare(row.median, row.unit)),
    ("min", 7, lambda row: _bare(row.min, row.unit)),
    ("max", 7, lambda row: _bare(row.max, row.unit)),
    ("n", 3, lambda row: str(row.n)),
)
"""The most important first; what has no room is left out."""


def statistics_lines(told: Told, width: int) -> Iterator[Line]:
    """A row per figure, then the latency between tokens, then what to mind."""
    match told:
        case None:
            yield (("statistics", "title"), ("   computing …", "dim"))
        case str():
            yield (("statistics", "title"),)
            yield from wrapped(f"✗ {printable(told)}", width, "bad")
        case _:
            yield (("statistics", "title"), (f"   {_counted(told)}", "value"))
            yield from _table(told.figures, width)
            for itl in told.itl:
                yield ((f"  ITL of {itl.agent.upper()}  ", "label"), (itl_text(itl, width - 12), "value"))
            for sentence, style in _remarks(told):
                yield from wrapped(printable(sentence), width, style)
    yield ()


def itl_line(agent: AgentId, told: Told, width: int) -> Line:
    """Of one run's agent."""
    label = ("  ITL       ", "label")
    if told is None:
        return (label, ("reading …", "dim"))
    if isinstance(told, str):
        return (label, (f"✗ {printable(told)}", "bad"))
    found = next((itl for itl in told.itl if itl.agent == agent.value), None)
    return (label, (itl_text(found, width - 12), "value") if found else (formatting.MISSING, "dim"))


def itl_text(itl: Itl, width: int) -> str:
    """`p50 24.1 ms · p95 25.0 ms · p99 – · max 80.2 ms · 1,222 gaps`; the last two go where there is no room."""
    figures = (("p50", itl.p50_ns), ("p95", itl.p95_ns), ("p99", itl.p99_ns), ("max", itl.max_ns))
    told = [f"{name} {formatting.duration(value)}" for name, value in figures]
    told.append(f"{formatting.count(itl.gaps)} gaps")
    return roomiest(width, *(" · ".join(told[:most]) for most in (5, 4, 3)))


def _counted(told: StatisticsView) -> str:
    parts = [f"of {runs_text(len(told.run_ids))}"]
    if told.warmup_ids:
        many = "warm-up" if len(told.warmup_ids) == 1 else f"{len(told.warmup_ids)} warm-ups"
        parts.append(f"{many} apart: {', '.join(told.warmup_ids)}")
    if told.left_out:
        parts.append(f"{len(told.left_out)} left out")
    return " · ".join(parts)


def _table(figures: Sequence[FigureStatistics], width: int) -> Iterator[Line]:
    shown = _fitting(width)
    if figures:
        titles = "".join(" " + fit(title, wide, right=True) for title, wide, _ in shown)
        yield ((f"  {'':<{_NAME}}{titles}", "label"),)
    for agent, rows in groupby(figures, key=lambda row: row.agent):
        yield ((f"  agent {agent.upper()}" if agent else "  both agents", "strong"),)
        for row in rows:
            cells = "".join(" " + fit(tell(row), wide, right=True) for _, wide, tell in shown)
            yield ((f"  {fit(printable(row.metric), _NAME)}", "label"), (cells, "value"))


def _fitting(width: int) -> list[tuple[str, int, Callable[[FigureStatistics], str]]]:
    left = width - 2 - _NAME
    shown = []
    for column in _COLUMNS:
        left -= column[1] + 1
        if left < 0:
            break
        shown.append(column)
    return shown


def _remarks(told: StatisticsView) -> Iterator[tuple[str, str]]:
    """(sentence, style): what to mind, what does not count, what can not be concluded."""
    for sentence in told.remarks:
        yield sentence, "warn"
    for left in told.left_out:
        yield f"run {left.run_id} does not count: {left.why}", "dim"
    if told.left_out and not told.run_ids:
        yield "no run counts; f lets those count that something disturbed", "warn"
    elif told.caution:
        yield told.caution, "warn"


def _interval(row: FigureStatistics) -> str:
    if row.low is None or row.high is None:
        return formatting.MISSING
    return f"{_bare(row.low, row.unit)} … {_bare(row.high, row.unit)}"


def _bare(value: float | None, unit: str) -> str:
    """Without its unit, which stands with the mean; durations choose their own."""
    if unit == "tokens":
        return value_text(value, unit).removesuffix(" tok")
    return formatting.duration(value) if unit == "ns" else formatting.sig3(value)


def _with_unit(value: float | None, unit: str) -> str:
    short = {"ns": "", "tokens": "tok", "J/token": "J"}.get(unit, unit)
    return f"{_bare(value, unit)} {short}".rstrip() if value is not None else formatting.MISSING
