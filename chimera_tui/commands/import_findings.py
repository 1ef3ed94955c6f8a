"""What the older two-agent benchmark's files really show, for people and as JSON, part of `chimera import`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from chimera_tui.analysis.multiagent_effect import LEAST_CONTEXT, same_in_effect
from chimera_tui.analysis.multiagent_findings import Finding, findings_of
from chimera_tui.analysis.multiagent_waits import RunWaits, waits_of_line, waits_of_run
from chimera_tui.commands.console import print_table
from chimera_tui.domain.names import printable
from chimera_tui.formats.multiagent import MultiagentRun, MultiagentSweep
from chimera_tui.formats.multiagent_report import MultiagentReport

Known = MultiagentRun | MultiagentSweep | MultiagentReport
Document = dict[str, object]


def waits_of(read: MultiagentRun | MultiagentSweep) -> tuple[RunWaits, ...]:
    """Of a run, or of each line of a sweep that tells enough."""
    if isinstance(read, MultiagentRun):
        found = [waits_of_run(read)]
    else:
        found = [waits_of_line(line, read.agents) for line in read.runs]
    return tuple(each for each in found if each is not None)


def waits_document(read: MultiagentRun | MultiagentSweep) -> list[Document]:
    """Each run's waits, ms."""
    return [asdict(each) for each in waits_of(read)]


def print_waits(read: MultiagentRun | MultiagentSweep) -> None:
    """A line for each wait of note, and what is left of the speedup without them."""
    for place, each in enumerate(waits_of(read), 1):
        which = f"run {place}: " if isinstance(read, MultiagentSweep) else ""
        for wait in (each.collector, each.insight):
            if wait.causes != ("none",):
                print(f"{which}{wait.words}")
        if each.without_waiting is not None and each.stated_speedup is not None:
            left = f"without waiting for each other {each.without_waiting:.3g}"
            print(f"{which}speedup {each.stated_speedup:.3g}, {left}")


def report_document(read: MultiagentReport) -> Document:
    """The configurations of a report as stated, and which of them are the same in effect."""
    return {
        "where": read.where,
        "kind": "report",
        "configurations": [asdict(each) for each in read.configurations],
        "same_in_effect": [
            [each.test for each in group.configurations] for group in same_in_effect(read.configurations)
        ],
    }


def print_report(read: MultiagentReport) -> None:
    """Which configurations of a report are the same in effect."""
    groups = same_in_effect(read.configurations)
    rough = same_in_effect(read.configurations, least_context=LEAST_CONTEXT)
    print(
        f"{len(read.configurations)} configurations, {len(groups)} of them different in effect; "
        f"{len(rough)} where num_ctx below {LEAST_CONTEXT:,} is raised to it"
    )
    rows = [("scenario", "tests that are the same in effect", "efficiency")]
    for group in groups:
        bounds = group.efficiencies
        span = (
            "" if bounds is None else f"{bounds[0]:g} %" if not group.spread else f"{bounds[0]:g}–{bounds[1]:g} %"
        )
        rows.append((printable(group.configurations[0].scenario), printable(group.tests), span))
    print_table(rows)


def findings_document(read: Iterable[Known]) -> list[Document]:
    return [asdict(finding) for finding in _findings(tuple(read))]


def print_findings(read: Iterable[Known]) -> None:
    """What is said of these runs, and what their numbers say of it."""
    found = _findings(tuple(read))
    if found:
        print("What these files show")
    for finding in found:
        print(f"  “{finding.claim}” {finding.verdict}:")
        print(f"    {finding.because}.")


def _findings(read: Sequence[Known]) -> Sequence[Finding]:
    files = [each for each in read if not isinstance(each, MultiagentReport)]
    files.sort(key=lambda each: isinstance(each, MultiagentSweep))  # a run's own file tells more than its line
    unique: dict[object, RunWaits] = {}
    for wait in (wait for each in files for wait in waits_of(each)):
        unique.setdefault((wait.stated_speedup, wait.collector.ttft_ms, wait.insight.ttft_ms), wait)
    report = next((each for each in read if isinstance(each, MultiagentReport)), None)
    return findings_of(tuple(unique.values()), report)
