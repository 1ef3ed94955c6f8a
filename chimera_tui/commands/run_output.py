"""What `chimera run` and `chimera show` say of a run: a JSON document, or a few lines."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType

from chimera_tui.analysis.itl import ItlGaps, ItlStatistics, itl_statistics
from chimera_tui.commands.console import print_table, say, tell
from chimera_tui.commands.followed import Followed
from chimera_tui.commands.run_words import mode_text
from chimera_tui.commands.totals import totals_document
from chimera_tui.domain import formatting
from chimera_tui.domain.errors import SaveFailed
from chimera_tui.domain.metrics import RequestMetrics, TtftParts
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.formats.agent_report_values import flag_text
from chimera_tui.formats.grounding_text import remark_text, tally_text
from chimera_tui.formats.metrics_json import run_document

HEADINGS = ("agent", "state", "model", "tokens", "decode", "mean TTFT", "span")
PARTS = (
    ("queue", "queue_ns"),
    ("load", "load_ns"),
    ("prefill", "prefill_ns"),
    ("first step", "first_decode_ns"),
    ("rest", "rest_ns"),
)


def run_report(followed: Followed) -> dict[str, object]:
    """The run's document, the latency between its tokens, the inventory it read where that is known, and where the
    reports are."""
    folder = Path(followed.folder) if followed.folder else None
    read = {} if followed.totals is None else {"inventory": totals_document(followed.totals)}
    return {
        **run_document(followed.summary, files=followed.totals),
        "itl": {agent.value: asdict(itl_statistics(found.gaps_ns)) for agent, found in followed.gaps.items()},
        **read,
        "reports": {Path(name).stem: str(folder / name) for name in followed.files} if folder else {},
    }


def print_summary(followed: Followed) -> None:
    """A single run at its end."""
    print_run(followed.summary, followed.gaps)
    print()
    print_measurement(followed.summary)
    print()
    if followed.totals is not None:
        print(f"read {formatting.count(followed.totals.benchmark.count)} files")
    print_place(followed)


def print_place(followed: Followed) -> None:
    """Where the reports are."""
    if followed.folder:
        tell(f"saved in {followed.folder}")
        if followed.note:
            say(f"the reports are not where they belong: {followed.note}")
    else:
        print("nothing was saved")


def print_run(summary: RunSummary, gaps: Mapping[AgentId, ItlGaps] = MappingProxyType({})) -> None:
    """A line on the run, one for each agent, what its mean TTFT is made of, and the latency between its tokens
    where the `gaps` are known; what failed goes to standard error."""
    simulated = ", simulated" if summary.simulated else ""
    started = formatting.utc(int(summary.started_utc.timestamp() * 1e9))
    wall = formatting.duration(summary.wall_ns)
    tell(f"run {summary.run_id}: {summary.state.value}, {mode_text(summary)}, {wall}, {started}{simulated}")
    print()
    print_table([HEADINGS, *map(_row, summary.agents)], right=range(3, len(HEADINGS)), keys=1)
    for outcome in summary.agents:
        for line in _means(outcome):
            tell(f"{outcome.agent.label}: {line}")
        if outcome.agent in gaps:
            tell(f"{outcome.agent.label}: {itl_text(itl_statistics(gaps[outcome.agent].gaps_ns))}")
        if outcome.facts_cut:
            tell(f"{outcome.agent.label}: {outcome.facts_cut}")
        for line in _grounding(outcome):
            tell(f"{outcome.agent.label}: {line}")
        if outcome.error is not None:
            say(f"{outcome.agent.label}: {outcome.error.sentence()}")


def print_measurement(summary: RunSummary) -> None:
    """Whether the run may be compared, then every flag with its cause."""
    tell(summary.verdict)
    for flag in summary.flags:
        tell(f"{flag.cause.sign} {flag_text(flag, with_agent=True)}")


def itl_text(itl: ItlStatistics) -> str:
    """`ITL over 199 gaps: p50 24.4 ms, …`."""
    figures = (("p50", itl.p50_ns), ("p95", itl.p95_ns), ("p99", itl.p99_ns), ("max", itl.max_ns))
    told = ", ".join(f"{name} {formatting.duration(value)}" for name, value in figures)
    return f"ITL over {formatting.count(itl.gaps)} gaps: {told}"


def copy_reports(followed: Followed, target: Path) -> Followed:
    """Copy the saved files to `target`, which is made; they are then told as lying there. Raises SaveFailed."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in followed.files:
            half = target / f".{name}.half"
            shutil.copyfile(Path(followed.folder) / name, half)
            half.replace(target / name)
    except OSError as error:
        raise SaveFailed(
            f"the reports can not be copied: {error.strerror or error}",
            where=str(target),
            next_=f"They are saved in {followed.folder}.",
        ) from error
    return replace(followed, folder=str(target.absolute())) if followed.files else followed


def _row(outcome: AgentOutcome) -> tuple[str, ...]:
    totals = outcome.totals
    return (
        outcome.agent.label,
        outcome.state.value,
        outcome.settings.model,
        formatting.count(totals.tokens),
        formatting.rate(totals.decode_rate),
        formatting.duration(totals.mean_ttft_ns),
        formatting.duration(outcome.span_ns),
    )


def _means(outcome: AgentOutcome) -> Iterator[str]:
    """What the mean TTFT is made of: means over the same requests, so that they sum to it; then, of a model that
    thought first, the mean time to its answer."""
    begun = [request for request in outcome.requests if request.ttft_ns is not None]
    parts = [each for request in begun if (each := request.ttft_parts) is not None]
    whole = f"mean TTFT of {len(begun)} requests" if len(begun) > 1 else "TTFT"
    if begun and len(parts) == len(begun):
        sums = " + ".join(f"{name} {formatting.duration(_mean(parts, field))}" for name, field in PARTS)
        yield f"{whole} {formatting.duration(outcome.totals.mean_ttft_ns)} = {sums}"
    elif begun:
        yield f"{whole} {formatting.duration(outcome.totals.mean_ttft_ns)}; not every request reported its parts"
    if answers := _late_answers(begun):
        over = f" of {len(answers)} requests" if len(answers) > 1 else ""
        yield f"first answer, after its thoughts: {formatting.duration(sum(answers) / len(answers))}{over}"


def _grounding(outcome: AgentOutcome) -> Iterator[str]:
    """What became of the report's numbers, and what else is wrong with it."""
    if outcome.grounding is not None:
        yield tally_text(outcome.grounding)
    if outcome.repair is not None:
        yield f"repair: {outcome.repair.why}"
    yield from (remark_text(remark, remark.line) for remark in outcome.remarks)


def _mean(parts: list[TtftParts], field: str) -> float:
    total: int = sum(getattr(each, field) for each in parts)
    return total / len(parts)


def _late_answers(requests: list[RequestMetrics]) -> list[int]:
    """Of the requests that have an answer, if any of them thought before it."""
    answers = [request for request in requests if request.first_answer_ns is not None]
    thought = any(request.first_answer_ns != request.ttft_ns for request in answers)
    return [request.first_answer_ns or 0 for request in answers] if thought else []
