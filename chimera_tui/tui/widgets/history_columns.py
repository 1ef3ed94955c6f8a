"""The columns of the history: what each shows of a run, and which of them a width has room for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from chimera_tui.domain.flags import DISTURBS
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui import formatting
from chimera_tui.tui.run_words import (
    RUN_SIGNS,
    agents_text,
    each,
    models_text,
    option_text,
    outcome_of,
    series_cell,
    when_text,
)
from chimera_tui.tui.widgets.lines import Line, Span, fit

MARK = "◆"
"""A run that was chosen as a member of a group."""
_SIGNS = 3
"""Cells before the columns: the mark, the sign of the run's state, a space."""
_GAP = "  "
_WIDEST_MODEL = 30


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    width: int
    cell: Callable[[RunSummary], Span]
    rank: int
    """The smaller, the longer it stays when room gets scarce."""
    right: bool = False
    spelled: str = ""
    """The title in words, where there is room for them."""


def _model(run: RunSummary) -> Span:
    return (models_text(run).replace(":latest", ""), "value") if run.agents else ("running …", "dim")


def _option(name: str) -> Callable[[RunSummary], Span]:
    return lambda run: (each(run, lambda outcome: option_text(outcome.settings, name)), "value")


def _rate(agent: AgentId) -> Callable[[RunSummary], Span]:
    def cell(run: RunSummary) -> Span:
        outcome = outcome_of(run, agent)
        return _known(formatting.sig3(outcome.totals.decode_rate) if outcome else "", "strong")

    return cell


def _ttft(agent: AgentId) -> Callable[[RunSummary], Span]:
    def cell(run: RunSummary) -> Span:
        outcome = outcome_of(run, agent)
        return _known(formatting.duration(outcome.totals.mean_ttft_ns) if outcome else "", "value")

    return cell


def _known(text: str, style: str) -> Span:
    return text, "dim" if text == formatting.MISSING else style


def _tokens(run: RunSummary) -> Span:
    if not run.agents:
        return "", ""
    known = [o.totals.tokens for o in run.agents if o.totals.tokens is not None]
    return _known(formatting.count(sum(known) if known else None), "value")


def _numbers(run: RunSummary) -> Span:
    """Of the reports' numbers, those that the files bear out."""
    told = run.grounding
    if told is None or told.score is None:
        return "", ""
    return formatting.percent(told.score), "value"


def _series(run: RunSummary) -> Span:
    warm_up = run.series is not None and run.series.role == "warmup"
    return series_cell(run.series), "dim" if warm_up else "value"


def _flags(run: RunSummary) -> Span:
    """How many causes; calm when none of them keeps the run out of comparisons."""
    return run.marks, "warn" if run.is_clean is False else "dim"


COLUMNS: tuple[Column, ...] = (
    Column("run", 6, lambda run: (run.run_id, "strong"), 0),
    Column("when, UTC", 11, lambda run: (when_text(run)[5:], "dim"), 1),
    Column("", 3, lambda run: (agents_text(run), "value"), 2),
    Column("model", 7, _model, 3),
    Column("gpu", 5, _option("num_gpu"), 7, right=True),
    Column("ctx", 9, _option("num_ctx"), 8, right=True),
    Column("temp", 7, _option("temperature"), 9, right=True),
    Column("A tok/s", 7, _rate(AgentId.A), 1, right=True),
    Column("B tok/s", 7, _rate(AgentId.B), 1, right=True),
    Column("A ⌀TTFT", 7, _ttft(AgentId.A), 4, right=True, spelled="A mean TTFT"),
    Column("B ⌀TTFT", 7, _ttft(AgentId.B), 4, right=True, spelled="B mean TTFT"),
    Column("numbers", 7, _numbers, 10, right=True),
    Column("tokens", 7, _tokens, 11, right=True),
    Column("series", 6, _series, 6, right=True),
    Column(DISTURBS, 5, _flags, 0),
    Column("", 3, lambda run: ("sim" if run.simulated else "", "dim"), 12),
)
_WHEN, _MODELS = 1, 3
_WHEN_IN_FULL = Column("when, UTC", 16, lambda run: (when_text(run), "dim"), 1)


@lru_cache(maxsize=4)
def columns_for(width: int) -> tuple[Column, ...]:
    """The columns that fit into so many cells; what is left goes to titles in words, the year, the models."""
    kept: dict[int, Column] = {}
    for place in sorted(range(len(COLUMNS)), key=lambda place: COLUMNS[place].rank):
        if _room([*kept.values(), COLUMNS[place]]) <= width:
            kept[place] = COLUMNS[place]
    kept = _spelled(kept, width)
    left = width - _room(list(kept.values()))
    longer = _WHEN_IN_FULL.width - COLUMNS[_WHEN].width
    if left >= longer and len(kept) == len(COLUMNS):
        kept[_WHEN] = _WHEN_IN_FULL
        left -= longer
    if _MODELS in kept:
        model = COLUMNS[_MODELS]
        kept[_MODELS] = replace(model, width=min(_WIDEST_MODEL, model.width + left))
    return tuple(kept[place] for place in sorted(kept))


def _spelled(columns: dict[int, Column], width: int) -> dict[int, Column]:
    """Titles in words, all or none."""
    longer = {
        place: replace(column, title=column.spelled, width=max(column.width, len(column.spelled)))
        for place, column in columns.items()
        if column.spelled
    }
    wanted = columns | longer
    return wanted if _room(list(wanted.values())) <= width else columns


def _room(columns: Sequence[Column]) -> int:
    """Cells of the row: the mark, the sign of its state, the columns, the gaps between them."""
    return _SIGNS + sum(column.width for column in columns) + len(_GAP) * (len(columns) - 1)


def header_line(columns: Sequence[Column]) -> Line:
    titles = _GAP.join(fit(column.title, column.width, right=column.right) for column in columns)
    return ((" " * _SIGNS + titles, "label"),)


def row_line(run: RunSummary, columns: Sequence[Column], marked: bool) -> Line:
    sign, _, style = RUN_SIGNS[run.state]
    spans: list[Span] = [(MARK if marked else " ", "accent"), (f"{sign} ", style)]
    for column in columns:
        text, style = column.cell(run)
        spans.append((fit(text, column.width, right=column.right), style))
        if column is not columns[-1]:
            spans.append((_GAP, ""))
    return tuple(spans)
