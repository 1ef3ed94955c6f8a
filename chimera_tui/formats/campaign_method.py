"""How a campaign was conducted and what the words of its report mean, for readers who do not have the tool."""

from __future__ import annotations

from collections.abc import Iterator

from chimera_tui.domain.campaign import CampaignPlan, RepeatRule, Rules
from chimera_tui.domain.comparison_text import runs_text
from chimera_tui.domain.conclusion import Conclusion
from chimera_tui.domain.formatting import duration, sig3

_ORDERS = {
    "grouped": (
        "Repeats are interleaved: every cell once, then every cell again. Within such a block, cells that the "
        "server can run without loading the model anew stay together, and the order of groups and cells is random"
    ),
    "shuffled": "Repeats are interleaved: every cell once in random order, then every cell again in another one",
    "sequential": (
        "All repeats of a cell ran right after each other, so that a drift of the machine looks like an effect"
    ),
}
_SCENARIOS = {
    "baseline-vs-tuned": "agent A leaves its options to the server, B has those of the cell",
    "different": "each agent has options of its own",
    "equal": "both agents have the same options",
    "a-alone": "agent A runs alone",
    "b-alone": "agent B runs alone",
}
_WORDS = (
    ("cell", "one point of the matrix: everything that its runs have in common"),
    ("run", "both agents (or one) doing their work once: each sends two requests, an analysis and a report"),
    ("A, B", "the two agents: A collects what is in the files, B explains it"),
    (
        "decode rate",
        "(generated tokens − 1) / eval duration as the server counts it, over an agent's two requests, in tokens "
        "per second: how fast text comes once it comes; waits are no part of it",
    ),
    (
        "TTFT",
        "time to first token: from the sending of a request to its first text or thought, by the client's clock, "
        "as the mean of an agent's requests. Queue, load and prefill are all in it; the flags tell which it was",
    ),
    ("wall time", "from the start of a run to the end of its last agent, before any repair of its reports"),
    (
        "grounding score",
        "numbers in a run's reports that the files bear out, as a share of all numbers in them that say something "
        "of the files: 1 is best. It is a machine's check, and tells nothing of what the reports leave out",
    ),
    (
        "95 % interval",
        "of the mean over repeats, by bootstrap (BCa): were the campaign repeated, 95 % of such intervals would "
        "hold the true mean. With fewer than six runs it is rough, most likely too narrow",
    ),
    (
        "worse by",
        "than the best, by the means; its 95 % interval is one for all pairs of cells at once, from the spread of "
        "all cells' runs together (Student's t, Bonferroni), since the best was picked for its mean. A cell whose "
        "interval leaves 0 out is behind, the others can not be told from the best",
    ),
    (
        "p",
        "Mann-Whitney rank test against the best cell, two-sided, corrected by Holm for the number of cells: a "
        "second witness that assumes nothing of the spread. A cell that is behind is called worse where it agrees "
        "(p below 0.05), and not confirmed where it does not, most often since so few runs can not give such a p",
    ),
    ("not told apart", "no difference is shown, which does not show that there is none"),
    ("not settled", "interval and rank test do not agree, or there are too few runs for either"),
    (
        "effect of an axis",
        "from its worst value to its best, as the mean over the settings of the other axes that have every value "
        "of it; the interval is bootstrapped over the runs within the cells, and corrected for picking two of all "
        "values, and for the number of axes",
    ),
    (
        "overlap efficiency",
        "(A's span + B's span) / (2 × wall time): how much of a run both were at work. Waiting for the other "
        "counts as work, so that it is no speedup",
    ),
    ("speedup", "(A alone + B alone) / both at once, by wall time: 1 gains nothing, 2 is twice as fast"),
    ("energy per token", "of all GPUs over the whole run, divided by the tokens of both agents"),
    (
        "flag",
        "a cause that a run's numbers have to be read with; a disturbing one keeps the run out of every figure",
    ),
    ("–", "not reported, or too few runs to tell; never the same as 0"),
)


def method_of(plan: CampaignPlan) -> Iterator[str]:
    """Order, repeats, limits and scenarios, a sentence each."""
    rules = plan.rules
    yield f"{_ORDERS[rules.grouping]} (seed {rules.seed})."
    yield _repeats(plan, rules.repeat)
    for scenario in dict.fromkeys(cell.scenario for cell in plan.cells):
        yield f"Scenario {scenario}: {_SCENARIOS[scenario]}."
    modes = dict.fromkeys(cell.mode for cell in plan.cells if len(cell.agents) == 2)
    if "together" in modes:
        yield "Together: both agents work at the same time."
    if "sequence" in modes:
        yield "In sequence: B begins when A has finished, and reads A's report."
    yield (
        "The models are loaded before a run begins, so that a change of settings between runs is no part of TTFT; "
        "where the two agents ask one server for different load-time options, each loads it anew within the run."
    )
    yield from _limits(rules)


def _repeats(plan: CampaignPlan, rule: RepeatRule) -> str:
    warmups = max((cell.warmup for cell in plan.cells), default=0)
    before = f", after {runs_text(warmups)} to warm up, which {_is(warmups)} kept apart" if warmups else ""
    asked = sorted({cell.repeats for cell in plan.cells})
    count = runs_text(asked[0]) if len(asked) == 1 else f"{asked[0]} to {runs_text(asked[-1])}"
    if rule.half_width_percent is None:
        return f"Each cell has {count}{before}."
    saved = "; runs that are saved go to cells that can not be told from the best" if rule.spend_saved else ""
    return (
        f"Each cell has {rule.least} to {runs_text(rule.most)}{before}: it is measured until half the interval of "
        f"its {rule.metric} is at most {sig3(float(rule.half_width_percent))} % of the mean{saved}."
    )


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _limits(rules: Rules) -> Iterator[str]:
    if rules.cool_down is not None:
        cool = rules.cool_down
        below, most = sig3(float(cool.below_c)), duration(cool.at_most_s * 1e9)
        yield f"Before each measured run the hottest GPU cools to below {below} °C, for {most} at most."
    if rules.limits.run_s is not None:
        yield f"A run that takes longer than {duration(rules.limits.run_s * 1e9)} is cut off and counts as failed."
    if rules.limits.time_s is not None:
        yield f"The whole campaign may take {duration(rules.limits.time_s * 1e9)} of running."
    if rules.limits.tokens is not None:
        yield f"The whole campaign may generate {rules.limits.tokens:,} tokens."


def words_of(conclusion: Conclusion) -> tuple[tuple[str, str], ...]:
    """Those that the report uses."""
    unused = set()
    if not any(cell.speedup for cell in conclusion.cells):
        unused.add("speedup")
    if not any(cell.energy_per_token_j for cell in conclusion.cells):
        unused.add("energy per token")
    if not any(cell.overlap_efficiency for cell in conclusion.cells):
        unused.add("overlap efficiency")
    if not any(cell.grounding for cell in conclusion.cells):
        unused.add("grounding score")
    if not conclusion.effects:
        unused.add("effect of an axis")
    return tuple(pair for pair in _WORDS if pair[0] not in unused)
