"""Decode rate against TTFT: the cells that no other one beats at both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chimera_tui.analysis.campaign_cells import CellRuns
from chimera_tui.analysis.campaign_figures import Measure, figure_of, overlap, ranked
from chimera_tui.domain.campaign_view import CellFigure
from chimera_tui.domain.conclusion import CellResult, ParetoFront, ParetoPoint
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary


@dataclass(frozen=True, slots=True)
class _Choice:
    cell_id: str
    rate: CellFigure
    ttft: CellFigure
    grounding: float | None = None

    @property
    def at(self) -> tuple[float, float]:
        return self.rate.mean or 0.0, self.ttft.mean or 0.0

    def beats(self, other: _Choice) -> bool:
        """At least as good at both, and better at one."""
        (rate, ttft), (its_rate, its_ttft) = self.at, other.at
        return rate >= its_rate and ttft <= its_ttft and (rate, ttft) != (its_rate, its_ttft)

    def surely_beats(self, other: _Choice) -> bool:
        """It beats it, and by their intervals it can be told from it in one of the two at least."""
        return self.beats(other) and not (overlap(self.rate, other.rate) and overlap(self.ttft, other.ttft))

    def outweighs(self, other: _Choice) -> bool:
        """It is better at one of the two, and by the intervals can not be told from it at the other."""
        (rate, ttft), (its_rate, its_ttft) = self.at, other.at
        same_rate, same_ttft = overlap(self.rate, other.rate), overlap(self.ttft, other.ttft)
        return (same_rate and not same_ttft and ttft < its_ttft) or (
            same_ttft and not same_rate and rate > its_rate
        )


def fronts_of(cells: Sequence[CellRuns], results: Sequence[CellResult]) -> tuple[ParetoFront, ...]:
    """One for each agent, and one for both together where cells run both."""
    choices = set(ranked([each.cell for each in cells]))
    chosen = [(each, told) for each, told in zip(cells, results, strict=True) if each.cell in choices]
    fronts: list[ParetoFront] = []
    for agent in AgentId:
        found = [_choice(told, agent.value) for _, told in chosen]
        fronts.append(_front(agent.value, [each for each in found if each is not None]))
    both = [_together(each, told) for each, told in chosen if len(each.cell.agents) == 2]
    fronts.append(_front("", [each for each in both if each is not None]))
    return tuple(front for front in fronts if front.points)


def _choice(told: CellResult, agent: str) -> _Choice | None:
    rate, ttft = told.figure("decode rate", agent), told.figure("TTFT", agent)
    if rate is None or ttft is None or rate.mean is None or ttft.mean is None:
        return None
    return _Choice(told.cell_id, rate, ttft, _grounding(told))


def _grounding(told: CellResult) -> float | None:
    return told.grounding.mean if told.grounding is not None else None


def _together(each: CellRuns, told: CellResult) -> _Choice | None:
    """The sum of both agents' rates against the mean of their TTFT, run by run."""
    rate = Measure("decode rate", "", "tok/s", _sum_of_rates, True)
    ttft = Measure("TTFT", "", "ns", _mean_ttft, False)
    rates, waits = rate.values(each.runs), ttft.values(each.runs)
    if not rates or not waits:
        return None
    return _Choice(each.cell.cell_id, figure_of(rate, rates), figure_of(ttft, waits), _grounding(told))


def _sum_of_rates(run: RunSummary) -> float | None:
    rates = [outcome.totals.decode_rate for outcome in run.agents]
    return None if None in rates else sum(rate for rate in rates if rate is not None)


def _mean_ttft(run: RunSummary) -> float | None:
    waits = [outcome.totals.mean_ttft_ns for outcome in run.agents]
    return None if None in waits or not waits else sum(wait for wait in waits if wait is not None) / len(waits)


def _front(agent: str, choices: Sequence[_Choice]) -> ParetoFront:
    fastest_first = sorted(choices, key=lambda each: (-each.at[0], each.at[1]))
    return ParetoFront(agent, tuple(_point(each, choices) for each in fastest_first))


def _point(choice: _Choice, choices: Sequence[_Choice]) -> ParetoPoint:
    rate, ttft = choice.at
    if not any(other.beats(choice) for other in choices):
        doubtful = any(other.outweighs(choice) for other in choices)
        return ParetoPoint(choice.cell_id, rate, ttft, "doubtful" if doubtful else "front", choice.grounding)
    sure = any(other.surely_beats(choice) for other in choices)
    return ParetoPoint(choice.cell_id, rate, ttft, "behind" if sure else "near", choice.grounding)
