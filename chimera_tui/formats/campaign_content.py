"""What a campaign's report says, section by section, whatever it is written as."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import get_args

from chimera_tui.domain.campaign import CampaignMetric, CampaignPlan
from chimera_tui.domain.comparison_text import p_text, percent_text, value_text
from chimera_tui.domain.conclusion import CellResult, Conclusion, MainEffect, ParetoFront, Ranking, Rival
from chimera_tui.domain.conclusion_text import figure_text, signed, signed_span, span_text, subject, times_text
from chimera_tui.domain.formatting import MISSING, percent, sig3
from chimera_tui.formats.campaign_method import method_of, words_of

_STANDINGS = {"worse": "worse", "alike": "not told apart", "not settled": "not settled"}
_BEHIND = "behind, not confirmed"
_METRICS: tuple[str, ...] = get_args(CampaignMetric)
_PLACES = {
    "front": "on the front",
    "doubtful": "on the front by less than can be told",
    "near": "near: not told apart from it",
    "behind": "behind",
}


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    numbers: frozenset[int] = frozenset()
    """Columns that are aligned to the right."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it, in this order."""

    key: str
    """Names the section for whoever adds pictures: `rankings`, `fronts`, `effects`, …"""
    title: str
    paragraphs: tuple[str, ...] = ()
    bullets: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    source: str = ""
    """Text that is shown as it is."""


def title_of(conclusion: Conclusion) -> str:
    return f"Campaign {conclusion.name}"


def subtitle_of(conclusion: Conclusion) -> str:
    """Id, begin, size and state in one line."""
    runs = sum(cell.n for cell in conclusion.cells)
    parts = [
        conclusion.campaign_id,
        f"begun {conclusion.begun_utc.astimezone(UTC):%Y-%m-%d %H:%M} UTC",
        f"{len(conclusion.cells)} cells",
        f"{runs} runs counted",
        conclusion.ended or "not ended",
    ]
    return " · ".join(parts)


def sections_of(conclusion: Conclusion, plan: CampaignPlan) -> tuple[Section, ...]:
    """The answer first, then what it stands on; empty sections are left out."""
    found = (
        Section("answer", "Answer", (*_simulated(conclusion),), conclusion.headline),
        Section("cautions", "What these runs do not show", bullets=conclusion.cautions),
        _fronts(conclusion),
        _effects(conclusion),
        _rankings(conclusion),
        _cells(conclusion),
        _left_out(conclusion),
        Section("drift", "Drift", (_DRIFT,), tuple(drift.words for drift in conclusion.drifts)),
        method_section(conclusion, plan),
        Section("words", "What the words mean", tables=(Table(("word", "meaning"), words_of(conclusion)),)),
        Section("file", "The campaign file", source=plan.source),
    )
    return tuple(section for section in found if section.bullets or section.tables or section.source)


_DRIFT = (
    "Each run's distance from its cell's mean, in the order in which the runs were made: a machine that grows "
    "warm shows here, whichever cells it ran."
)


def _simulated(conclusion: Conclusion) -> Iterator[str]:
    if conclusion.simulated:
        yield "Simulated: these numbers come from a built-in simulator and say nothing of any model."


def method_section(conclusion: Conclusion, plan: CampaignPlan) -> Section:
    """How it was measured, and on what."""
    merged = tuple(
        (str(cell.number), each.label, "; ".join(each.why) or "written twice")
        for cell in plan.cells
        for each in cell.merged
    )
    tables = [Table(("what", "value"), conclusion.surroundings, "Machine and software")]
    tables.append(Table(("cell", "point of the matrix", "why it is the same in effect"), merged, "Merged points"))
    return Section(
        "method",
        "How it was measured",
        bullets=(*method_of(plan), *plan.notes),
        tables=tuple(table for table in tables if table.rows),
    )


def _rankings(conclusion: Conclusion) -> Section:
    return Section(
        "rankings", "Rankings", tables=tuple(_ranking(conclusion, each) for each in conclusion.rankings)
    )


def _ranking(conclusion: Conclusion, ranking: Ranking) -> Table:
    interval = "95 % interval"
    header = ("place", "cell", "settings", "mean", interval, "n", "worse by", interval, "p", "standing")
    cells = {cell.cell_id: cell for cell in conclusion.cells}
    best = ranking.best
    rows = [
        (
            "1",
            str(cells[ranking.best_cell].number),
            cells[ranking.best_cell].label,
            value_text(best.mean, best.unit),
            span_text(best.low, best.high, best.unit) or MISSING,
            str(best.n),
            "",
            "",
            "",
            "best",
        )
    ]
    for place, rival in enumerate(ranking.rivals, 2):
        cell = cells[rival.cell_id]
        figure = cell.figure(ranking.metric, ranking.agent)
        span = span_text(figure.low, figure.high, figure.unit) if figure else ""
        rows.append(
            (
                str(place),
                str(cell.number),
                cell.label,
                value_text(rival.mean, ranking.unit),
                span or MISSING,
                str(figure.n if figure else 0),
                f"{percent_text(rival.percent)} %",
                signed_span(rival.low_percent, rival.high_percent),
                p_text(rival.p),
                _standing(rival),
            )
        )
    title = subject(ranking.metric, ranking.agent)
    return Table(header, tuple(rows), f"{title[:1].upper()}{title[1:]}", frozenset({0, 1, 3, 4, 5, 6, 7, 8}))


def _standing(rival: Rival) -> str:
    return _BEHIND if rival.is_behind and rival.standing == "not settled" else _STANDINGS[rival.standing]


def _fronts(conclusion: Conclusion) -> Section:
    note = (
        "A cell is on the front when no other one has both a higher decode rate and a shorter TTFT, by the means. "
        "Of such cells none is simply better: one buys rate with waiting. Cells that are not listed are behind."
    )
    return Section(
        "fronts",
        "Decode rate against TTFT",
        (note,),
        tables=tuple(_front(conclusion, front) for front in conclusion.fronts),
    )


def _front(conclusion: Conclusion, front: ParetoFront) -> Table:
    cells = {cell.cell_id: cell for cell in conclusion.cells}
    graded = any(point.grounding is not None for point in front.points)
    rows = tuple(
        (
            str(cells[point.cell_id].number),
            cells[point.cell_id].label,
            value_text(point.rate, "tok/s"),
            value_text(point.ttft_ns, "ns"),
            *((value_text(point.grounding, ""),) if graded else ()),
            _PLACES[point.place],
        )
        for point in front.points
        if point.place != "behind"
    )
    title = (
        f"Agent {front.agent.upper()}" if front.agent else "Both agents: sum of their rates, mean of their TTFT"
    )
    third = (subject("grounding", ""),) if graded else ()
    header = ("cell", "settings", "decode rate", "TTFT", *third, "place")
    return Table(header, rows, title, frozenset({0, *range(2, len(header) - 1)}))


def _effects(conclusion: Conclusion) -> Section:
    note = (
        "What an axis does on average over the other axes, at those of their settings that have every value of "
        "it. Where it depends on the other axes, the heat maps show more."
    )
    header = ("figure", "value", "mean", "95 % interval", "against the mean of all values", "cells", "runs")
    tables: list[Table] = []
    for axis in dict.fromkeys(effect.axis for effect in conclusion.effects):
        rows = [row for effect in conclusion.effects if effect.axis == axis for row in _levels(effect)]
        if rows:
            tables.append(Table(header, tuple(rows), axis, frozenset({2, 3, 4, 5, 6})))
    told = ("; ".join((effect.words, *effect.cautions)) for effect in conclusion.effects)
    return Section("effects", "What each axis does", (note,), tuple(told), tuple(tables))


def _levels(effect: MainEffect) -> Iterator[tuple[str, ...]]:
    for level in effect.levels:
        yield (
            subject(effect.metric, effect.agent),
            level.value,
            value_text(level.mean, effect.unit),
            span_text(level.low, level.high, effect.unit) or MISSING,
            f"{signed(level.percent)} %" if level.percent is not None else MISSING,
            str(level.cells),
            str(level.runs),
        )


def _cells(conclusion: Conclusion) -> Section:
    names: dict[tuple[str, str], str] = {}
    for cell in conclusion.cells:
        for figure in cell.figures:
            names.setdefault((figure.metric, figure.agent), subject(figure.metric, figure.agent))
    shown = sorted(names, key=lambda key: (_METRICS.index(key[0]), key[1]))
    extra = ("runs", "overlap efficiency", "speedup", "energy per token", "flags")
    rows = tuple(
        (
            str(cell.number),
            cell.label,
            *(figure_text(cell.figure(*key)) for key in shown),
            f"{cell.n} of {cell.wanted}",
            percent(cell.overlap_efficiency.mean if cell.overlap_efficiency else None),
            times_text(cell.speedup.mean if cell.speedup else None),
            f"{sig3(cell.energy_per_token_j.mean)} J" if cell.energy_per_token_j else MISSING,
            _flags(cell),
        )
        for cell in conclusion.cells
    )
    header = ("cell", "settings", *(names[key] for key in shown), *extra)
    columns = {name: [row[place] for row in rows] for place, name in enumerate(header)}
    empty = {name for name in extra if all(value in ("", MISSING) for value in columns[name])}
    kept = [place for place, name in enumerate(header) if name not in empty]
    table = Table(
        tuple(header[place] for place in kept),
        tuple(tuple(row[place] for place in kept) for row in rows),
        numbers=frozenset(place for place, name in enumerate(kept) if header[name] not in ("settings", "flags")),
    )
    return Section("cells", "All cells", ("Mean and 95 % interval over the runs that count.",), tables=(table,))


def _flags(cell: CellResult) -> str:
    told = [f"{cause.cause} ({cause.runs})" for cause in cell.causes]
    return "; ".join([*told, *filter(None, (cell.why,))])


def _left_out(conclusion: Conclusion) -> Section:
    rows: list[Sequence[str]] = []
    for cell in conclusion.cells:
        rows += [(str(cell.number), out.run_id, out.why) for out in cell.left_out]
        rows += [(str(cell.number), bad.run_id, f"failed: {bad.code}: {bad.what}") for bad in cell.failures]
    table = Table(("cell", "run", "why"), tuple(tuple(row) for row in rows), numbers=frozenset({0}))
    return Section("left-out", "Runs that do not count", tables=(table,) if rows else ())
