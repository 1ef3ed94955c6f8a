"""What a campaign does not let be concluded, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from chimera_tui.analysis.campaign_cells import CellRuns
from chimera_tui.analysis.campaign_surroundings import changes_of
from chimera_tui.analysis.differences import variations
from chimera_tui.analysis.intervals import ALPHA
from chimera_tui.analysis.statistics import FEWEST_RUNS
from chimera_tui.domain.campaign import CampaignPlan
from chimera_tui.domain.comparison_text import runs_text
from chimera_tui.domain.conclusion import BlockDrift, CellResult, MainEffect
from chimera_tui.domain.conclusion_text import cells_words, listed
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary

_MOST_ALIKE = 6
"""So many cautions of one kind are told in full; of more the rest is counted."""
_LOADS = (Cause.RELOAD_OTHER_AGENT, Cause.RELOAD_RUN_BEFORE, Cause.RELOAD_OTHER_CLIENT, Cause.COLD_LOAD)
_EACH_OTHER = (
    (frozenset({Cause.QUEUED.value}), "one agent waited for the other"),
    (frozenset(cause.value for cause in _LOADS), "each agent loaded the model anew, with options of its own,"),
)


def cautions_of(
    plan: CampaignPlan,
    cells: Sequence[CellRuns],
    results: Sequence[CellResult],
    effects: Sequence[MainEffect],
    drifts: Sequence[BlockDrift],
) -> tuple[str, ...]:
    """One phrase each, the weightiest first."""
    runs = [run for each in cells for run in each.runs]
    return (
        *_mixed(runs),
        *_missing(results),
        *_not_counted(results),
        *_waits(results),
        *changes_of(runs),
        *_prompts(plan, cells),
        *_few([each for each in cells if each.runs]),
        *(drift.words for drift in drifts if drift.direction in ("rising", "falling")),
        *_order(plan),
        *_designs(effects),
        *_chance(effects),
        *_merged(plan, results),
    )


def _mixed(runs: Sequence[RunSummary]) -> Iterator[str]:
    if len({run.simulated for run in runs}) > 1:
        yield "simulated runs are beside measured ones"


def _missing(results: Sequence[CellResult]) -> Iterator[str]:
    empty = [each for each in results if not each.n]
    if empty and len(empty) < len(results):
        yield f"{cells_words(empty)} {_has(empty)} no run that counts and can not be judged"
    short = [each for each in results if 0 < each.n < each.wanted]
    if short:
        yield f"{cells_words(short)} {_has(short)} fewer runs that count than the file asks for"


def _has(cells: Sequence[CellResult]) -> str:
    return "has" if len(cells) == 1 else "have"


def _not_counted(results: Sequence[CellResult]) -> Iterator[str]:
    why = Counter(printable(out.why) for each in results for out in each.left_out)
    if why:
        told = ", ".join(f"{reason} ({count})" for reason, count in why.most_common(_MOST_ALIKE))
        yield f"{runs_text(sum(why.values()))} left out: {told}"
    codes = Counter(failure.code for each in results for failure in each.failures)
    if codes:
        told = ", ".join(f"{printable(code)} ({count})" for code, count in codes.most_common(_MOST_ALIKE))
        yield f"{runs_text(sum(codes.values()))} failed: {told}"


def _waits(results: Sequence[CellResult]) -> Iterator[str]:
    """Causes that are part of what a cell measures; whoever caused a load, it is one to the reader."""
    for names, words in _EACH_OTHER:
        hit = [each for each in results if any(c.cause in names and not c.disturbs for c in each.causes)]
        if hit:
            yield f"{words} in {cells_words(hit)}; that is what is measured there: TTFT and wall hold that wait"


def _prompts(plan: CampaignPlan, cells: Sequence[CellRuns]) -> Iterator[str]:
    within = [text for each in cells for text in variations(f"cell {each.cell.number}", each.runs)]
    yield from within[:_MOST_ALIKE]
    if len(within) > _MOST_ALIKE:
        yield f"{len(within) - _MOST_ALIKE} more cells mix settings or prompts"
    for agent in AgentId:
        for variant in dict.fromkeys(each.cell.prompt for each in cells):
            digests = {
                _digest(run, agent) for each in cells if each.cell.prompt == variant for run in each.runs
            } - {""}
            if len(digests) > 1:
                fitted = (
                    ", as a prompt is fitted to num_ctx" if any("num_ctx" in axis for axis in plan.axes) else ""
                )
                yield (
                    f"agent {agent.label} was given {len(digests)} different prompts in different cells{fitted}: "
                    "TTFT there is not of the same work"
                )


def _digest(run: RunSummary, agent: AgentId) -> str:
    return dict(run.environment.prompt_digests).get(agent.value, "") if run.environment else ""


def _few(cells: Sequence[CellRuns]) -> Iterator[str]:
    least = min((len(each.runs) for each in cells), default=FEWEST_RUNS)
    if least < FEWEST_RUNS:
        rough = f"intervals below {FEWEST_RUNS} runs are rough, most likely too narrow"
        yield f"cells have {runs_text(least)} and more: {rough}"


def _order(plan: CampaignPlan) -> Iterator[str]:
    if plan.rules.grouping == "sequential" and len(plan.cells) > 1:
        yield (
            "every repeat of a cell ran right after the other: what changed on the machine meanwhile counts as a "
            "difference between cells, and the drift told here can not show it"
        )


def _designs(effects: Sequence[MainEffect]) -> Iterator[str]:
    """Each once, whatever the figure."""
    yield from dict.fromkeys(
        printable(caution) for effect in effects for caution in effect.cautions if "other way" not in caution
    )


def _chance(effects: Sequence[MainEffect]) -> Iterator[str]:
    tested = len({(effect.metric, effect.agent) for effect in effects if effect.low_percent is not None})
    if tested > 1:
        chance = 100 * (1 - (1 - ALPHA) ** tested)
        yield (
            f"effects were looked for in {tested} figures, at {100 * ALPHA:.0f} % each: were they independent, "
            f"chance alone would show one somewhere in {chance:.0f} % of such campaigns"
        )


def _merged(plan: CampaignPlan, results: Sequence[CellResult]) -> Iterator[str]:
    several = [cell for cell in plan.cells if cell.merged]
    points = sum(len(cell.merged) for cell in several)
    if points:
        numbers = {each.cell_id: each for each in results}
        stand = cells_words([numbers[cell.cell_id] for cell in several])
        why = listed(
            [printable(text) for text in dict.fromkeys(w for c in several for m in c.merged for w in m.why)][:3]
        )
        told = f" ({why})" if why else ""
        are = "point of the matrix is" if points == 1 else "points of the matrix are"
        yield f"{points} {are} the same in effect as {stand} and not run apart{told}"
