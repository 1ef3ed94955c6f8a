"""What `chimera run --repeat` says of a series: one JSON document, or a table of means with their intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from chimera_tui.analysis.groups import select
from chimera_tui.analysis.itl import ItlStatistics, merged_gaps
from chimera_tui.analysis.series import Measured, SeriesStatistics, series_statistics
from chimera_tui.analysis.speedup import Speedup, speedup
from chimera_tui.commands.console import print_table, say
from chimera_tui.commands.follow import Followed
from chimera_tui.commands.run_output import run_report
from chimera_tui.domain import formatting
from chimera_tui.domain.inventory import printable
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunState, RunSummary
from chimera_tui.domain.series import SeriesEnded
from chimera_tui.domain.wire import adapter

SCHEMA = "chimera.series"
VERSION = 1
NAMED = 4
"""So many of those that one fault hit are named."""
HEADINGS = ("", "figure", "n", "mean", "95 % interval", "sd", "cv", "median", "min", "max")


def series_report(runs: Sequence[Followed], end: SeriesEnded, *, include_flagged: bool) -> dict[str, Any]:
    """Every run's document, how far the series came and what it tells; durations in ns, as their units say."""
    place = runs[0].summary.series
    assert place is not None, "a single run is no series"
    gained = _speedup(runs, include_flagged=include_flagged)
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "series_id": place.series_id,
        "state": end.state,
        "measured": end.measured,
        "wanted": end.wanted,
        "failed": end.failed,
        "error": None if end.error is None else asdict(end.error),
        "runs": [run_report(each) for each in runs],
        "statistics": adapter(SeriesStatistics).dump_python(
            _statistics(runs, include_flagged=include_flagged), mode="json"
        ),
        "speedup": None if gained is None else adapter(Speedup).dump_python(gained, mode="json"),
    }


def print_series(runs: Sequence[Followed], end: SeriesEnded, *, include_flagged: bool) -> None:
    """A line on each run, a table of what they tell, and what they do not let be said."""
    for each in runs:
        print(_run_line(each.summary))
    if any(each.summary.state is RunState.DONE for each in runs):
        _print_statistics(_statistics(runs, include_flagged=include_flagged))
    if (gained := _speedup(runs, include_flagged=include_flagged)) is not None:
        print("\n".join(map(printable, _gain(gained))))
    for line in _failures([each.summary for each in runs], end):
        say(line)
    if end.state != "done":
        say(f"chimera: {end.sentence()}{_next(end)}")


def _print_statistics(told: SeriesStatistics) -> None:
    print()
    print_table([HEADINGS, *_rows(told)], right=range(2, len(HEADINGS)))
    for agent in told.agents:
        print(f"{agent.agent.label}: {_itl(agent.itl)}")
    for line in _remarks(told):
        print(printable(line))


def _failures(runs: Sequence[RunSummary], end: SeriesEnded) -> Iterator[str]:
    """What went wrong, each once with the agents and runs it hit; what ended the series is told with its end."""
    hit: dict[str, list[str]] = {}
    for run in runs:
        for outcome in run.agents:
            if outcome.error is not None and outcome.error != end.error:
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
    paired = [each.summary for each in runs if _role(each.summary) != "solo"]
    counted = {run.run_id for run in select(paired, include_flagged=include_flagged).runs}
    gaps = merged_gaps(each.gaps for each in runs if each.summary.run_id in counted)
    return series_statistics(paired, gaps, include_flagged=include_flagged)


def _speedup(runs: Sequence[Followed], *, include_flagged: bool) -> Speedup | None:
    solo = [each.summary for each in runs if _role(each.summary) == "solo"]
    if not solo:
        return None
    alone = {agent: [run for run in solo if [o.agent for o in run.agents] == [agent]] for agent in AgentId}
    pairs = [each.summary for each in runs if _role(each.summary) == "measured"]
    return speedup(pairs, alone[AgentId.A], alone[AgentId.B], include_flagged=include_flagged)


def _role(summary: RunSummary) -> str:
    return summary.series.role if summary.series else "measured"


def _run_line(summary: RunSummary) -> str:
    place = summary.series
    where = f"{place.role} {place.index} of {place.of}" if place else ""
    agents = "+".join(outcome.agent.label for outcome in summary.agents)
    flags = "; ".join(dict.fromkeys(flag.cause.value for flag in summary.flags))
    parts = (where, agents, summary.state.value, formatting.duration(summary.wall_ns), flags)
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
    interval = it.interval
    return (
        label,
        measured.sample.metric,
        str(it.n),
        _value(it.mean, unit),
        f"{_value(interval.low, unit)} … {_value(interval.high, unit)}" if interval else formatting.MISSING,
        _value(it.sd, unit),
        formatting.percent(it.variation),
        _value(it.median, unit),
        _value(it.min, unit),
        _value(it.max, unit),
    )


def _value(value: float | None, unit: str) -> str:
    if unit == "ns":
        return formatting.duration(value)
    text = formatting.sig3(value)
    return text if value is None or unit == "tokens" else f"{text} {unit}"


def _itl(itl: ItlStatistics) -> str:
    figures = (("p50", itl.p50_ns), ("p95", itl.p95_ns), ("p99", itl.p99_ns), ("max", itl.max_ns))
    told = ", ".join(f"{name} {formatting.duration(value)}" for name, value in figures)
    return f"ITL over {formatting.count(itl.gaps)} gaps: {told}"


def _remarks(told: SeriesStatistics) -> Iterator[str]:
    """Drift, outliers, runs that do not count, and what can not be concluded."""
    named = [(agent.agent.label, measured) for agent in told.agents for measured in agent.metrics]
    for label, measured in [*named, ("", told.wall)]:
        name = f"{label} {measured.sample.metric}".strip()
        if measured.description.drift.direction in ("rising", "falling"):
            yield f"{name}: {measured.description.drift.words}"
        if outliers := measured.outlier_runs():
            yield f"{name}: {', '.join(outliers)} lies far off; it counts all the same"
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
