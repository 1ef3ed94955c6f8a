"""What running both agents at once gains, told against runs of each alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chimera_tui.analysis.groups import Excluded, select
from chimera_tui.analysis.intervals import Interval, bootstrap
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary

EFFICIENCY_NOTE = (
    "overlap efficiency only says how much of the run both were at work: waiting for the other counts as work, "
    "so it is high also where running both gains nothing"
)
EACH_OTHER = frozenset({Cause.QUEUED, Cause.RELOAD_OTHER_AGENT})
"""Waits that the two agents cause each other are what a speedup measures: such runs of both count."""
_ALIKE = 0.05
"""Up to this share, the amount of text alone and together counts as the same."""


@dataclass(frozen=True, slots=True)
class Speedup:
    """(A alone + B alone) / both at once, by wall time: 1 gains nothing, 2 is twice as fast."""

    speedup: float | None
    """Of the means; None unless all three kinds of run are there."""
    interval: Interval | None
    """95 %; None below three runs of each kind."""
    pair_ids: tuple[str, ...]
    solo_a_ids: tuple[str, ...]
    solo_b_ids: tuple[str, ...]
    left_out: tuple[Excluded, ...]
    overlap_efficiency: float | None
    """Mean of the pair runs': (A's span + B's span) / (2 × wall)."""
    efficiency_note: str
    caution: str
    """What makes the ratio unfair or unsure; empty when nothing is known to."""


def speedup(
    pair_runs: Sequence[RunSummary],
    solo_a: Sequence[RunSummary],
    solo_b: Sequence[RunSummary],
    *,
    include_flagged: bool = False,
) -> Speedup:
    """Runs of both against runs of each agent alone, the same settings supposed."""
    kinds = (
        [run for run in pair_runs if len(run.agents) == 2],
        [run for run in solo_a if _alone(run, AgentId.A)],
        [run for run in solo_b if _alone(run, AgentId.B)],
    )
    chosen = [
        select(runs, include_flagged=include_flagged, expected=expected)
        for runs, expected in zip(kinds, (EACH_OTHER, frozenset[Cause](), frozenset[Cause]()), strict=True)
    ]
    pair, alone_a, alone_b = ([run.wall_ns for run in each.runs if run.wall_ns > 0] for each in chosen)
    known = bool(pair and alone_a and alone_b)
    efficiencies = [run.overlap_efficiency for run in chosen[0].runs if run.overlap_efficiency is not None]
    ids = [tuple(run.run_id for run in each.runs) for each in chosen]
    return Speedup(
        speedup=(_mean(alone_a) + _mean(alone_b)) / _mean(pair) if known else None,
        interval=_interval(pair, alone_a, alone_b) if known else None,
        pair_ids=ids[0],
        solo_a_ids=ids[1],
        solo_b_ids=ids[2],
        left_out=tuple(excluded for each in chosen for excluded in each.left_out),
        overlap_efficiency=_mean(efficiencies) if efficiencies else None,
        efficiency_note=EFFICIENCY_NOTE,
        caution=_caution(*(each.runs for each in chosen)),
    )


def _alone(run: RunSummary, agent: AgentId) -> bool:
    return [outcome.agent for outcome in run.agents] == [agent]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _interval(pair: Sequence[float], alone_a: Sequence[float], alone_b: Sequence[float]) -> Interval | None:
    return bootstrap(
        (pair, alone_a, alone_b),
        lambda both, a, b, axis: (a.mean(axis=axis) + b.mean(axis=axis)) / both.mean(axis=axis),
    )


def _caution(pair: Sequence[RunSummary], solo_a: Sequence[RunSummary], solo_b: Sequence[RunSummary]) -> str:
    lacking = [
        words for words, runs in (("both at once", pair), ("A alone", solo_a), ("B alone", solo_b)) if not runs
    ]
    if lacking:
        return f"a speedup can not be told: no run of {', nor of '.join(lacking)} counts"
    fewest = min(len(pair), len(solo_a), len(solo_b))
    said = [] if fewest >= 3 else ["fewer than three runs of a kind: no interval"]
    together, alone = _tokens(pair), [_tokens(solo_a), _tokens(solo_b)]
    if together and all(alone):
        share = together / sum(each for each in alone if each) - 1
        if abs(share) > _ALIKE:
            more = "more" if share > 0 else "less"
            said.append(
                f"together they wrote {100 * abs(share):.0f} % {more} text than alone: walls are of unlike work"
            )
    return "; ".join(said)


def _tokens(runs: Sequence[RunSummary]) -> float | None:
    """Mean tokens of a run; None when any is not reported."""
    totals = [[outcome.totals.tokens for outcome in run.agents] for run in runs]
    if any(None in each for each in totals):
        return None
    return _mean([sum(tokens for tokens in each if tokens is not None) for each in totals])
