"""What `chimera run --repeat` says of a series: one JSON document, or a table of means with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Any

from chimera_tui.analysis.groups import select
from chimera_tui.analysis.intervals import Interval
from chimera_tui.analysis.itl import merged_gaps
from chimera_tui.analysis.remarks import remarks_of
from chimera_tui.analysis.series import Measured, SeriesStatistics, series_statistics
from chimera_tui.analysis.speedup import Speedup, speedup
from chimera_tui.commands.console import print_table, say, tell
from chimera_tui.commands.followed import Followed
from chimera_tui.commands.run_output import itl_text, run_report
from chimera_tui.commands.run_words import agents_text
from chimera_tui.commands.series_end import ended_as, role_of, wanted_of
from chimera_tui.domain import formatting
from chimera_tui.domain.comparison_text import value_text, variation_text
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.series import SeriesEnded
from chimera_tui.domain.wire import adapter

SCHEMA = "chimera.series"
VERSION = 1
NAMED = 4
"""So many of those that one fault hit are named."""
HEADINGS = ("", "figure", "n", "mean", "95 % interval", "sd", "cv", "median", "min", "max")


def series_report(runs: Sequence[Followed], end: SeriesEnded | None, *, include_flagged: bool) -> dict[str, Any]:
    """Every run's document, how far the series came and what it tells; durations in ns, as their units say.

    A series without an end goes on.
    """
    gained = _speedup(runs, include_flagged=include_flagged)
    far = end or _so_far(runs)
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "series_id": far.series_id,
        "state": "running" if end is None else end.state,
        "measured": far.measured,
        "wanted": far.wanted,
        "failed": far.failed,
        "error": None if far.error is None else asdict(far.error),
        "runs": [run_report(each) for each in runs],
        "statistics": adapter(SeriesStatistics).dump_python(
            _statistics(runs, include_flagged=include_flagged), mode="json"
        ),
        "speedup": None if gained is None else adapter(Speedup).dump_python(gained, mode="json"),
    }


def print_series(runs: Sequence[Followed], end: SeriesEnded | None, *, include_flagged: bool) -> None:
    """A line on each run, a table of what they tell, what they do not let be said, and how the series ended; one
    without an end goes on."""
    for each in runs:
        tell(_run_line(each.summary))
    if any(each.summary.state is RunState.DONE for each in runs):
        _print_statistics(_statistics(runs, include_flagged=include_flagged))
    if (gained := _speedup(runs, include_flagged=include_flagged)) is not None:
        for line in _gain(gained):
            tell(line)
    for line in _failures([each.summary for each in runs], end):
        say(line)
    if end is None:
        tell(f"series {_so_far(runs).series_id} goes on: {_so_far(runs).account()}")
    elif end.state == "done":
        tell(end.sentence())
    else:
        say(f"chimera: {end.sentence()}{_next(end)}")


def _so_far(runs: Sequence[Followed]) -> SeriesEnded:
    summaries = [each.summary for each in runs]
    return replace(ended_as(summaries, wanted_of(summaries)), error=None)


def _print_statistics(told: SeriesStatistics) -> None:
    print()
    print_table([HEADINGS, *_rows(told)], right=range(2, len(HEADINGS)))
    print()
    for agent in told.agents:
        tell(f"{agent.agent.label}: {itl_text(agent.itl)}")
    for line in _remarks(told):
        tell(line)


def _failures(runs: Sequence[RunSummary], end: SeriesEnded | None) -> Iterator[str]:
    """What went wrong, each once with the agents and runs it hit; what ended the series is told with its end."""
    hit: dict[str, list[str]] = {}
    for run in runs:
        for outcome in run.agents:
            if outcome.error is not None and (end is None or outcome.error != end.error):
                hit.setdefault(outcome.error.sentence(), []).append(f"{run.run_id} {outcome.agent.label}")
    for sentence, whom in hit.items():
        more = f" and {len(whom) - NAMED} more" if len(whom) > NAMED else ""
        yield f"{', '.join(whom[:NAMED])}{more}: {sentence}"


def _next(end: SeriesEnded) -> str:
    """What to do about the runs that are missing."""
    missing = end.wanted - end.measured
    if not 0 < missing < end.wanted:
        return ""
    return f" The runs that were made are kept; --repeat {missing} makes the others."


def _statistics(runs: Sequence[Followed], *, include_flagged: bool) -> SeriesStatistics:
    paired = [each.summary for each in runs if role_of(each.summary) != "solo"]
    counted = {run.run_id for run in select(paired, include_flagged=include_flagged).runs}
    gaps = merged_gaps(each.gaps for each in runs if each.summary.run_id in counted)
    return series_statistics(paired, gaps, include_flagged=include_flagged)


def _speedup(runs: Sequence[Followed], *, include_flagged: bool) -> Speedup | None:
    solo = [each.summary for each in runs if role_of(each.summary) == "solo"]
    if not solo:
        return None
    alone = {agent: [run for run in solo if [o.agent for o in run.agents] == [agent]] for agent in AgentId}
    pairs = [each.summary for each in runs if role_of(each.summary) == "measured"]
    return speedup(pairs, alone[AgentId.A], alone[AgentId.B], include_flagged=include_flagged)


def _run_line(summary: RunSummary) -> str:
    place = summary.series
    where = f"{place.role} {place.index} of {place.of}" if place else ""
    took = formatting.duration(summary.wall_ns) if summary.wall_ns else ""
    causes = dict.fromkeys(flag.cause for flag in summary.flags)
    flags = "; ".join(f"{cause.sign} {cause.value}" for cause in causes)
    parts = (where, agents_text(summary), summary.state.value, took, flags)
    simulated = ", simulated" if summary.simulated else ""
    return f"run {summary.run_id}: {', '.join(filter(None, parts))}{simulated}"


def _rows(told: SeriesStatistics) -> Iterator[tuple[str, ...]]:
    for agent in told.agents:
        for measured in agent.metrics:
            yield _row(agent.agent.label, measured)
    yield _row("", told.wall)
    if told.energy_per_token.description.n:
        yield _row("", told.energy_per_token)


def _row(label: str, measured: Measured) -> tuple[str, ...]:
    it, unit = measured.description, measured.sample.unit
    return (
        label,
        measured.sample.metric,
        str(it.n),
        value_text(it.mean, unit),
        _between(it.interval, unit) if it.interval else formatting.MISSING,
        value_text(it.sd, unit),
        variation_text(it.variation),
        value_text(it.median, unit),
        value_text(it.min, unit),
        value_text(it.max, unit),
    )


def _between(interval: Interval, unit: str) -> str:
    """`41.1 … 41.3 tok/s`: the unit once where both ends have it."""
    low, high = value_text(interval.low, unit), value_text(interval.high, unit)
    first, _, name = low.rpartition(" ")
    return f"{first} … {high}" if first and high.endswith(f" {name}") else f"{low} … {high}"


def _remarks(told: SeriesStatistics) -> Iterator[str]:
    """Drift, outliers, runs that do not count, and what can not be concluded."""
    yield from remarks_of(told)
    for each in told.left_out:
        yield f"run {each.run_id} does not count: {each.why}"
    if told.left_out and not told.run_ids:
        yield "No run counts; --include-flagged lets those count that something disturbed."
    elif told.caution:
        yield told.caution


def _gain(gained: Speedup) -> Iterator[str]:
    told = formatting.sig3(gained.speedup)
    if gained.interval is not None:
        told += f" ({formatting.sig3(gained.interval.low)} … {formatting.sig3(gained.interval.high)})"
    yield f"speedup of both at once against each alone: {told}"
    if gained.overlap_efficiency is not None:
        yield f"overlap efficiency: {formatting.percent(gained.overlap_efficiency)}; {gained.efficiency_note}"
    if gained.caution:
        yield gained.caution
