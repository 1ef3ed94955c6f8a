"""What `chimera run` and `chimera show` say of a run: a JSON document, or a few lines."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from chimera_tui.commands.console import print_table, say
from chimera_tui.commands.follow import Followed
from chimera_tui.commands.totals import totals_document
from chimera_tui.domain import formatting
from chimera_tui.domain.errors import SaveFailed
from chimera_tui.domain.inventory import printable
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.formats.metrics_json import run_document

HEADINGS = ("agent", "state", "model", "tokens", "decode", "mean TTFT", "load", "prefill", "span")


def run_report(followed: Followed) -> dict[str, object]:
    """The run's document with the inventory it read, and where the reports are."""
    folder = Path(followed.folder) if followed.folder else None
    return {
        **run_document(followed.summary, files=followed.totals),
        "inventory": totals_document(followed.totals),
        "reports": {Path(name).stem: str(folder / name) for name in followed.files} if folder else {},
    }


def print_summary(followed: Followed) -> None:
    print_run(followed.summary)
    print(f"\nread {formatting.count(followed.totals.benchmark.count)} files")
    if followed.folder:
        print(f"saved in {printable(followed.folder)}")
        if followed.note:
            say(f"the reports are not where they belong: {followed.note}")
    else:
        print("nothing was saved")


def print_run(summary: RunSummary) -> None:
    """A line on the run and one for each agent; what failed goes to standard error."""
    simulated = ", simulated" if summary.simulated else ""
    started = formatting.utc(int(summary.started_utc.timestamp() * 1e9))
    wall = formatting.duration(summary.wall_ns)
    print(f"run {summary.run_id}: {summary.state.value}, {summary.mode}, {wall}, {started}{simulated}\n")
    print_table([HEADINGS, *map(_row, summary.agents)], right=range(3, len(HEADINGS)))
    for outcome in summary.agents:
        if outcome.facts_cut:
            print(printable(f"{outcome.agent.label}: {outcome.facts_cut}"))
        if outcome.error is not None:
            say(f"{outcome.agent.label}: {outcome.error.sentence()}")


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
        formatting.duration(totals.load_ns),
        formatting.duration(totals.prompt_ns),
        formatting.duration(outcome.span_ns),
    )
