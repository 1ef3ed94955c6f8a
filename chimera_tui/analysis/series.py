"""A series of repeats: every figure of every agent over the measured runs, the warm-ups apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chimera_tui.analysis.differences import variations
from chimera_tui.analysis.groups import (
    Excluded,
    Figure,
    agents_of,
    checked,
    decode_of,
    first_answer_of,
    grounding_of,
    of_agent,
    select,
    thought,
    ttft_of,
)
from chimera_tui.analysis.itl import ItlStatistics, itl_statistics
from chimera_tui.analysis.statistics import Description, Sample, caution_for, describe
from chimera_tui.analysis.wording import GROUNDING
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary


@dataclass(frozen=True, slots=True)
class Measured:
    """The values of a figure and what they tell."""

    sample: Sample
    description: Description

    def outlier_runs(self) -> tuple[str, ...]:
        """Ids of the runs whose value lies far off; they count in every figure."""
        return tuple(self.sample.run_ids[each.place] for each in self.description.outliers)


@dataclass(frozen=True, slots=True)
class AgentStatistics:
    """One agent over the runs that count."""

    agent: AgentId
    metrics: tuple[Measured, ...]
    """Decode rate whole and per step, throughput, TTFT per step, for a thinking model the first answer per step,
    tokens, span, and the grounding score where reports were checked."""
    itl: ItlStatistics
    """Over all tokens of all runs that were given."""

    def metric(self, name: str) -> Measured:
        """By its name, e.g. `decode rate`. KeyError when there is none such."""
        return {each.sample.metric: each for each in self.metrics}[name]


@dataclass(frozen=True, slots=True)
class SeriesStatistics:
    """What a series of repeats tells."""

    run_ids: tuple[str, ...]
    """Runs that count, oldest first."""
    warmup_ids: tuple[str, ...]
    left_out: tuple[Excluded, ...]
    flagged: int
    """Runs with a disturbing flag, whether they count or not."""
    agents: tuple[AgentStatistics, ...]
    wall: Measured
    energy_per_token: Measured
    """J per token of all GPUs and both agents: power is not told by agent. Nothing reported without telemetry."""
    caution: str
    """What so few runs do not let be concluded; empty from six on."""
    cautions: tuple[str, ...] = ()
    """Settings and prompts that were not the same in every run."""


def series_statistics(
    runs: Sequence[RunSummary],
    itl_gaps_ns: Mapping[AgentId, Sequence[int]],
    *,
    include_flagged: bool = False,
) -> SeriesStatistics:
    """Fold the runs of a series, solo runs not among them. `itl_gaps_ns` are those of the same runs."""
    measured = [run for run in runs if run.series is None or run.series.role != "solo"]
    chosen = select(measured, include_flagged=include_flagged)
    return SeriesStatistics(
        run_ids=tuple(run.run_id for run in chosen.runs),
        warmup_ids=tuple(run.run_id for run in chosen.warmups),
        left_out=chosen.left_out,
        flagged=chosen.flagged,
        agents=tuple(_agent(chosen.runs, agent, itl_gaps_ns.get(agent, ())) for agent in agents_of(chosen.runs)),
        wall=measure(chosen.runs, "wall", "ns", lambda run: run.wall_ns or None),
        energy_per_token=measure(chosen.runs, "energy per token", "J/token", lambda run: run.energy_per_token_j),
        caution=caution_for(len(chosen.runs)),
        cautions=tuple(variations("the series", chosen.runs)),
    )


def measure(runs: Sequence[RunSummary], metric: str, unit: str, figure: Figure) -> Measured:
    """One figure over these runs."""
    values = tuple(figure(run) for run in runs)
    return Measured(Sample(metric, unit, values, tuple(run.run_id for run in runs)), describe(values))


def _agent(runs: Sequence[RunSummary], agent: AgentId, gaps_ns: Sequence[int]) -> AgentStatistics:
    answers = (
        ("first answer, analysis", "ns", of_agent(agent, first_answer_of("analysis"))),
        ("first answer, report", "ns", of_agent(agent, first_answer_of("report"))),
    )
    figures = (
        ("decode rate", "tok/s", of_agent(agent, lambda o: o.totals.decode_rate)),
        ("decode rate, analysis", "tok/s", of_agent(agent, decode_of("analysis"))),
        ("decode rate, report", "tok/s", of_agent(agent, decode_of("report"))),
        ("throughput", "tok/s", of_agent(agent, lambda o: o.totals.throughput)),
        ("TTFT, analysis", "ns", of_agent(agent, ttft_of("analysis"))),
        ("TTFT, report", "ns", of_agent(agent, ttft_of("report"))),
        *(answers if thought(runs, agent) else ()),
        ("tokens", "tokens", of_agent(agent, lambda o: o.totals.tokens)),
        ("span", "ns", of_agent(agent, lambda o: o.span_ns or None)),
        *(((GROUNDING, "", of_agent(agent, grounding_of)),) if checked(runs, agent) else ()),
    )
    metrics = tuple(measure(runs, name, unit, figure) for name, unit, figure in figures)
    return AgentStatistics(agent, metrics, itl_statistics(gaps_ns))
