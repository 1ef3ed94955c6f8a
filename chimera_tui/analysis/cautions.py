"""What a comparison does not let be concluded, and why."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.analysis.differences import unlike_prompts, variations
from chimera_tui.analysis.groups import BLIND, Selection, agents_of, of_agent
from chimera_tui.analysis.intervals import ALPHA, least_p
from chimera_tui.analysis.remarks import looked_at, oddities
from chimera_tui.analysis.series import measure
from chimera_tui.analysis.statistics import FEWEST_RUNS
from chimera_tui.domain.comparison import ComparedMetric
from chimera_tui.domain.comparison_text import runs_text
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.formatting import sig3
from chimera_tui.domain.runs import RunSummary


def cautions_of(metrics: Sequence[ComparedMetric], a: Selection, b: Selection) -> list[str]:
    """One phrase each, the weightiest first."""
    if not a.runs or not b.runs:
        return _nothing_left(a, b)
    found = _sizes(len(a.runs), len(b.runs))
    if shared := {run.run_id for run in a.runs} & {run.run_id for run in b.runs}:
        found.append(f"on both sides, as if independent: {', '.join(sorted(shared))}")
    if len({run.simulated for run in (*a.runs, *b.runs)}) > 1:
        found.append("simulated runs are beside measured ones")
    found += unlike_prompts(a.runs, b.runs)
    for side, selection in (("A", a), ("B", b)):
        found += variations(side, selection.runs)
        found += _asked_for(side, selection.runs)
    found += _oddities(a.runs, b.runs)
    found += _cached_unlike(a.runs, b.runs) + _apart_in_time(a.runs, b.runs)
    return [*found, *_chance(metrics)]


def _nothing_left(a: Selection, b: Selection) -> list[str]:
    flagged = a.flagged + b.flagged
    if not flagged:
        return []
    blind = any(each.why == BLIND for each in (*a.left_out, *b.left_out))
    which = ", disturbed or not known to be clean," if blind else ""
    runs = f"{'' if blind else 'disturbed '}{'run' if flagged == 1 else 'runs'}{which}"
    return [f"{flagged} {runs} {'was' if flagged == 1 else 'were'} left out; they count when asked for"]


def _asked_for(side: str, runs: Sequence[RunSummary]) -> list[str]:
    told = {"disturbed runs": False, "runs that are not known to be clean": None}
    ids = {words: ", ".join(run.run_id for run in runs if run.is_clean is clean) for words, clean in told.items()}
    return [f"{side} counts {words}, as was asked for: {which}" for words, which in ids.items() if which]


def _sizes(n: int, m: int) -> list[str]:
    least = least_p(n, m)
    sizes = f"{runs_text(n)} each" if n == m else f"{runs_text(n)} of A and {runs_text(m)} of B"
    if least >= ALPHA:
        return [f"{sizes}: whatever they show, p can not be below {sig3(least)}; more repeats are needed"]
    if min(n, m) < FEWEST_RUNS:
        return [f"{sizes}: the intervals are rough, most likely too narrow"]
    return []


def _oddities(a: Sequence[RunSummary], b: Sequence[RunSummary]) -> list[str]:
    """Decode rates that move from run to run, or lie far off, and in how many figures that was looked for."""
    rates = [
        (
            f"{side}, agent {agent.label}, decode rate",
            measure(runs, "decode rate", "tok/s", of_agent(agent, lambda outcome: outcome.totals.decode_rate)),
        )
        for side, runs in (("A", a), ("B", b))
        for agent in agents_of(runs)
    ]
    found = [sentence for name, rate in rates for sentence in oddities(name, rate)]
    return [*found, *looked_at(rate for _, rate in rates)] if found else []


def _apart_in_time(a: Sequence[RunSummary], b: Sequence[RunSummary]) -> list[str]:
    if len(a) < 2 or len(b) < 2:
        return []
    first, second = ([run.started_utc for run in runs] for runs in (a, b))
    if max(first) < min(second) or max(second) < min(first):
        return [
            "one group ran wholly before the other: what changed on the machine meanwhile counts as a difference"
        ]
    return []


def _cached_unlike(a: Sequence[RunSummary], b: Sequence[RunSummary]) -> list[str]:
    first, second = _cached(a), _cached(b)
    if first * len(b) == second * len(a):
        return []
    return [
        f"the prompt came from the cache in {first} of {runs_text(len(a))} of A and in {second} of {len(b)} of B: "
        "their TTFT is not of the same work"
    ]


def _cached(runs: Sequence[RunSummary]) -> int:
    return sum(any(flag.cause is Cause.PROMPT_CACHED for flag in run.flags) for run in runs)


def _chance(metrics: Sequence[ComparedMetric]) -> list[str]:
    tested = sum(each.least_p is not None and each.least_p < ALPHA for each in metrics)
    if tested < 2:
        return []
    chance = 100 * (1 - (1 - ALPHA) ** tested)
    return [
        f"{tested} figures are tested at {100 * ALPHA:.0f} % each: were they independent, chance alone would show "
        f"a difference somewhere in {chance:.0f} % of such comparisons"
    ]
