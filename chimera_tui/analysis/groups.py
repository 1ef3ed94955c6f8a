"""Which runs count: finished, measured, undisturbed; and why the others do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from chimera_tui.domain.flags import Cause, disturbances
from chimera_tui.domain.metrics import Step
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import UNREPORTED, AgentOutcome, RunSummary

Figure = Callable[[RunSummary], float | None]
"""Reads one figure from a run; None when the run does not tell it."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """A run that does not count."""

    run_id: str
    why: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Oldest first."""

    runs: tuple[RunSummary, ...]
    left_out: tuple[Excluded, ...]
    warmups: tuple[RunSummary, ...]
    """Kept apart: they are no part of any figure, and no fault."""
    flagged: int
    """Finished measured runs with a disturbing flag, or that could show none, whether they count or not."""


def select(
    runs: Iterable[RunSummary], *, include_flagged: bool = False, expected: frozenset[Cause] = frozenset()
) -> Selection:
    """Each run once, the warm-ups apart, the unfinished and (unless asked for) the disturbed left out.

    Causes that are `expected` are part of what is measured and disturb nothing.
    """
    unique = {run.run_id: run for run in runs}
    counted: list[RunSummary] = []
    left_out: list[Excluded] = []
    warmups: list[RunSummary] = []
    flagged = 0
    for run in sorted(unique.values(), key=lambda run: (run.started_utc, run.run_id)):
        why = disturbance(run, expected)
        if run.series is not None and run.series.role == "warmup":
            warmups.append(run)
        elif run.state is not RunState.DONE:
            left_out.append(Excluded(run.run_id, _UNFINISHED[run.state]))
        elif why and not include_flagged:
            flagged += 1
            left_out.append(Excluded(run.run_id, why))
        else:
            flagged += bool(why)
            counted.append(run)
    return Selection(tuple(counted), tuple(left_out), tuple(warmups), flagged)


BLIND = f"not known: {UNREPORTED}"
"""Why a finished run that could show no disturbance does not count."""

_UNFINISHED = {
    RunState.RUNNING: "still running",
    RunState.FAILED: "it failed",
    RunState.CANCELLED: "it was cancelled",
}


def disturbance(run: RunSummary, expected: frozenset[Cause] = frozenset()) -> str:
    """The disturbing causes of a run in words, or that a finished one can not show any; empty for none."""
    causes = (flag.cause for flag in disturbances(run.flags))
    told = "; ".join(dict.fromkeys(cause.value for cause in causes if cause not in expected))
    return told or ("" if run.is_measured or run.state is not RunState.DONE else BLIND)


def outcome_of(run: RunSummary, agent: AgentId) -> AgentOutcome | None:
    return next((outcome for outcome in run.agents if outcome.agent is agent), None)


def agents_of(runs: Sequence[RunSummary]) -> tuple[AgentId, ...]:
    """Every agent that ran, A before B."""
    seen = {outcome.agent for run in runs for outcome in run.agents}
    return tuple(agent for agent in AgentId if agent in seen)


def of_agent(agent: AgentId, pick: Callable[[AgentOutcome], float | None]) -> Figure:
    """A figure of one agent's outcome."""

    def read(run: RunSummary) -> float | None:
        outcome = outcome_of(run, agent)
        return None if outcome is None else pick(outcome)

    return read


def ttft_of(step: Step) -> Callable[[AgentOutcome], float | None]:
    """TTFT of one request, ns."""
    return lambda outcome: next((r.ttft_ns for r in outcome.requests if r.step == step), None)


def first_answer_of(step: Step) -> Callable[[AgentOutcome], float | None]:
    """Until the answer itself began, after the thoughts, ns."""
    return lambda outcome: next((r.first_answer_ns for r in outcome.requests if r.step == step), None)


def thought(runs: Iterable[RunSummary], agent: AgentId) -> bool:
    """Whether any answer began with thoughts, so that TTFT is not when the answer came."""
    outcomes = [outcome for run in runs if (outcome := outcome_of(run, agent)) is not None]
    stamps = [request.client for outcome in outcomes for request in outcome.requests]
    return any(s.first_content_ns is not None and s.first_answer_ns != s.first_content_ns for s in stamps)


def grounding_of(outcome: AgentOutcome) -> float | None:
    """Grounding score of the report, 0…1; None without any checked number."""
    return None if outcome.grounding is None else outcome.grounding.score


def checked(runs: Iterable[RunSummary], agent: AgentId) -> bool:
    """Whether the numbers of any report were checked."""
    outcomes = (outcome_of(run, agent) for run in runs)
    return any(outcome is not None and outcome.grounding is not None for outcome in outcomes)


def decode_of(step: Step) -> Callable[[AgentOutcome], float | None]:
    """Decode rate of one request, tok/s."""
    return lambda outcome: next((r.decode_rate for r in outcome.requests if r.step == step), None)
