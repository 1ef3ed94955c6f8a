"""What the older benchmark's files really show, and which findings of its report can therefore not hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from chimera_tui.analysis.multiagent_effect import (
    BLOCKS,
    LEAST_CONTEXT,
    MODEL,
    by_context,
    differs,
    num_gpus,
    same_in_effect,
    without_difference,
)
from chimera_tui.analysis.multiagent_waits import LOAD_MS, RunWaits, Wait
from chimera_tui.domain.comparison_text import runs_text
from chimera_tui.domain.conclusion_text import listed
from chimera_tui.domain.formatting import duration, percent, sig3
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import all_layers
from chimera_tui.formats.multiagent_report import MultiagentReport, StatedConfiguration

Verdict = Literal["does not hold", "can not be told", "holds"]
_MS = 1e6
_ROUNDING = 0.11
"""Points: both figures of the report are rounded."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What is said of that benchmark, and what its own numbers say of it."""

    claim: str
    verdict: Verdict
    because: str


def findings_of(waits: Sequence[RunWaits], report: MultiagentReport | None = None) -> tuple[Finding, ...]:
    """From runs whose waits are known, and from the report's tables; each tells what it has."""
    return (*(_of_files(waits) if waits else ()), *(_of_report(report) if report is not None else ()))


def _of_files(waits: Sequence[RunWaits]) -> Iterator[Finding]:
    yield _efficiency(waits)
    yield from _one_server(waits)
    long = [wait for each in waits for wait in (each.collector, each.insight) if wait.ttft_ms > LOAD_MS]
    if long:
        yield _long_waits(long)
    yield from _reloads(waits)


def _efficiency(waits: Sequence[RunWaits]) -> Finding:
    stated = [each.stated_speedup for each in waits if each.stated_speedup is not None]
    left = [each.without_waiting for each in waits if each.without_waiting is not None]
    serial = sum(each.one_after_the_other for each in waits)
    because = (
        f"{serial} of {runs_text(len(waits))} were served one after the other: of a stated speedup of "
        f"{_range(stated)} {_range(left)} is left without the time in which an agent only waited for the other. "
        "Efficiency is half of that speedup, which is overlap efficiency: waiting counts as work. No run of "
        "either agent alone is there, so that no speedup can be told at all"
    )
    claim = "efficiency tells how well two agents run at once"
    return Finding(claim, "does not hold" if serial else "can not be told", because)


def _one_server(waits: Sequence[RunWaits]) -> Iterator[Finding]:
    shared = [each.server for each in waits if each.server]
    if shared:
        names = listed([printable(name) for name in dict.fromkeys(shared)])
        because = f"in {len(shared)} of {runs_text(len(waits))} both agents ask {names}"
        yield Finding("each agent has a server of its own", "does not hold", because)


def _long_waits(long: Sequence[Wait]) -> Finding:
    behind = [wait.behind_ms for wait in long if wait.behind_ms]
    loads = [wait.load_ms for wait in long if wait.load_ms is not None and wait.load_ms > LOAD_MS]
    share = sum(wait.share_waited * wait.ttft_ms for wait in long) / sum(wait.ttft_ms for wait in long)
    prefill = [wait.prefill_ms for wait in long if wait.prefill_ms is not None]
    parts: list[str] = []
    if behind:
        parts.append(f"{_span(behind)} of queue behind the other agent ({len(behind)} of {len(long)})")
    if loads:
        parts.append(f"{_span(loads)} of loading the model ({len(loads)} of {len(long)})")
    if prefill:
        parts.append(f"prefill is {_span(prefill)}")
    because = (
        f"of the {len(long)} TTFT beyond {duration(LOAD_MS * _MS)}, {_span([wait.ttft_ms for wait in long])} "
        f"long, {percent(share)} is waiting: {'; '.join(parts)}. The time of a request that first waits for the "
        "other agent and then for a load is counted as load by the server"
    )
    return Finding("a TTFT of many seconds is memory pressure, swapping or a slow model", "does not hold", because)


def _reloads(waits: Sequence[RunWaits]) -> Iterator[Finding]:
    """By what the agents ask for otherwise: whether any run loaded the model anew."""
    groups: dict[tuple[str, ...], list[RunWaits]] = {}
    for each in waits:
        groups.setdefault(each.differing, []).append(each)
    told = [
        f"{listed(differing) if differing else 'nothing'} different: {sum(each.reloaded for each in group)} of "
        f"{runs_text(len(group))} with a load"
        for differing, group in groups.items()
    ]
    claim = "the agents do not disturb each other's model"
    reloaded = any(each.reloaded for each in waits)
    yield Finding(claim, "does not hold" if reloaded else "can not be told", "; ".join(told))
    only_context = [
        each for differing, group in groups.items() if _small_contexts_only(differing) for each in group
    ]
    if only_context and not any(each.reloaded for each in only_context):
        because = (
            f"in {runs_text(len(only_context))} with different num_ctx below {LEAST_CONTEXT:,} nothing was "
            f"reloaded: Ollama raises num_ctx to {LEAST_CONTEXT:,} for a model that reads pictures, as {MODEL} "
            "does, so that 512, 1024 and 2048 are one setting"
        )
        yield Finding(f"num_ctx 512, 1024 and {LEAST_CONTEXT} are different settings", "does not hold", because)


def _small_contexts_only(differing: Sequence[str]) -> bool:
    return len(differing) == 1 and differing[0].startswith("num_ctx") and "server" not in differing[0]


def _of_report(report: MultiagentReport) -> Iterator[Finding]:
    rows = report.configurations
    groups, rough = same_in_effect(rows), same_in_effect(rows, least_context=LEAST_CONTEXT)
    asked = [str(value) for value in num_gpus(rows)]
    if without_difference(rows):
        bounds = [
            f"tests {group.tests}: {sig3(group.efficiencies[0])}–{sig3(group.efficiencies[1])} %"
            for group in groups
            if len(group.configurations) > 1 and group.efficiencies is not None
        ]
        because = (
            f"{MODEL} has {BLOCKS} blocks: num_gpu {listed(asked)} all put {all_layers(BLOCKS)} layers on the "
            f"GPU, so that {len(rows)} configurations are {len(groups)} different ones (and {len(rough)}, with "
            f"num_ctx below {LEAST_CONTEXT:,} raised to it). Those that are the same in effect got efficiencies "
            f"of {'; '.join(bounds)}: what they differ by is no effect of the layers"
        )
        yield Finding(
            "GPU=80 is the least that avoids contention, and 120 provisions too much", "does not hold", because
        )
    yield from _deltas(rows)
    yield from _stated_efficiency(report)
    yield from _small_effects(report)


def _deltas(rows: Sequence[StatedConfiguration]) -> Iterator[Finding]:
    """Where the long waits of the tables are: only between agents that ask for different load-time options."""
    alike = [abs(each.ttft_delta_ms) for each in rows if each.ttft_delta_ms is not None and not differs(each)]
    apart = [abs(each.ttft_delta_ms) for each in rows if each.ttft_delta_ms is not None and differs(each)]
    long = [delta for delta in apart if delta > LOAD_MS]
    if not alike or not long or max(alike) > LOAD_MS:
        return
    because = (
        f"{len(long)} of {len(apart)} configurations whose agents ask for different num_gpu or num_ctx have TTFT "
        f"that lie {_span(long)} apart, and {_contended(rows, True)} runs were called contended; of the "
        f"{len(alike)} whose agents ask for the same none lies more than {duration(max(alike) * _MS)} apart "
        f"({_contended(rows, False)} runs), with the same numbers of layers. That is what a server does that "
        "loads the model anew for each agent: reload and queue, not memory"
    )
    yield Finding("TTFT of up to half a minute come from a lack of video memory", "does not hold", because)


def _contended(rows: Sequence[StatedConfiguration], different: bool) -> str:
    mine = [each for each in rows if differs(each) is different]
    return f"{sum(each.contended or 0 for each in mine)} of {sum(each.runs or 0 for each in mine)}"


def _stated_efficiency(report: MultiagentReport) -> Iterator[Finding]:
    pairs = [
        (each.speedup, each.efficiency_percent)
        for each in report.configurations
        if each.speedup is not None and each.efficiency_percent is not None
    ]
    halves = sum(abs(50 * speedup - efficiency) <= _ROUNDING for speedup, efficiency in pairs)
    if pairs and halves == len(pairs):
        most_speedup, most = max(pairs)
        because = (
            f"in all {len(pairs)} rows efficiency is half of (A's time + B's time) / wall: overlap efficiency, "
            "which is high whenever both are open for the whole run, also while one waits. It says nothing of "
            "throughput, and without runs of each agent alone nothing can"
        )
        yield Finding(
            f"{sig3(most_speedup)}× and {sig3(most)} % parallel efficiency mean twice the throughput",
            "can not be told",
            because,
        )


def _small_effects(report: MultiagentReport) -> Iterator[Finding]:
    """Effects that are no larger than what the same setting differs by from test to test."""
    homogeneous = [each for each in report.configurations if each.scenario == "chimera_homo"]
    groups = same_in_effect(homogeneous)
    spread = max((group.spread for group in groups), default=0.0)
    if not spread:
        return
    widest = max(groups, key=lambda group: group.spread)
    same = (
        f"tests {widest.tests} are one setting and differ by {sig3(spread)} points of efficiency from each other"
    )
    contexts = by_context(homogeneous)
    rises = [means[-1][1] - means[0][1] for means in contexts.values() if _rises(means)]
    if contexts and all(rise <= spread for rise in rises):
        told = "; ".join(
            f"at temperature {temperature:g} {listed([f'{sig3(mean)} %' for _, mean in means])} with num_ctx "
            f"{listed([str(context) for context, _ in means])}"
            for temperature, means in contexts.items()
        )
        yield Finding("efficiency grows with the context", "does not hold", f"{told}; {same}")
    temperatures = {each.temperature for each in homogeneous}
    if len(temperatures) > 1:
        because = f"{same}: with a difference of less nothing is shown, neither an effect nor that there is none"
        yield Finding("the temperature has no effect, and 1.0 is best", "can not be told", because)


def _rises(means: Sequence[tuple[int, float]]) -> bool:
    return all(after > before for (_, before), (_, after) in pairwise(means))


def _range(values: Sequence[float]) -> str:
    if not values:
        return "unknown"
    low, high = sig3(float(min(values))), sig3(float(max(values)))
    return f"{low}×" if low == high else f"{low}–{high}×"


def _span(values: Sequence[float]) -> str:
    low, high = duration(min(values) * _MS), duration(max(values) * _MS)
    return low if low == high else f"{low} to {high}"
