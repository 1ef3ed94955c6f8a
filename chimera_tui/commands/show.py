"""`chimera show`: one run or series of the journal, or a saved report read back."""

from __future__ import annotations

import asyncio
import json
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

from chimera_tui.client.start import PendingDaemon
from chimera_tui.commands.attach import begin_daemon, reach
from chimera_tui.commands.console import print_json, print_table, tell
from chimera_tui.commands.demo import roots_of
from chimera_tui.commands.flags import add_demo, add_json, add_settings
from chimera_tui.commands.followed import Followed, recalled, series_in_journal
from chimera_tui.commands.run_details import print_details
from chimera_tui.commands.run_output import print_place, print_run, run_report
from chimera_tui.commands.series_end import ended_as, wanted_of
from chimera_tui.commands.text_files import is_file, text_of
from chimera_tui.domain.errors import RunNotFound
from chimera_tui.domain.flags import DISTURBS, TOLD
from chimera_tui.domain.names import printable
from chimera_tui.formats.agent_report_read import AgentReport, read_agent_report, report_document
from chimera_tui.formats.checked_numbers import CheckedSection
from chimera_tui.formats.metrics_json import read_run_document


@dataclass(frozen=True, slots=True)
class Found:
    """What a name of the journal means: one run, or the runs of a series."""

    runs: tuple[Followed, ...]
    is_series: bool = False
    goes_on: bool = False
    """Of a series: whether runs are still to come."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "what",
        metavar="RUN|SERIES|FILE",
        help="the id of a run or of a series, or its beginning, `last`, or a report's file or metrics.json",
    )
    parser.add_argument(
        "directory", metavar="DIR", nargs="?", help="reports directory of the run; default: this one"
    )
    parser.add_argument(
        "--include-flagged", action="store_true", help="of a series: let runs count that something disturbed"
    )
    add_demo(parser)
    add_json(parser)
    add_settings(parser)


def run(arguments: Namespace) -> int:
    path = Path(arguments.what)
    if os.sep in arguments.what or is_file(path):
        return _show_file(path, as_json=arguments.json)
    directories = [arguments.directory] if arguments.directory else []
    roots = roots_of(directories, demo=arguments.demo)
    found = asyncio.run(_find(begin_daemon(roots, arguments), arguments.what))
    if found.is_series:
        _show_series(found, as_json=arguments.json, include_flagged=arguments.include_flagged)
    elif arguments.json:
        print_json(run_report(found.runs[0]))
    else:
        (only,) = found.runs
        print_run(only.summary, only.gaps)
        print_details(only.summary)
        print()
        print_place(only)
    return 0


async def _find(pending: PendingDaemon, name: str) -> Found:
    """Raises RunNotFound."""
    async with await reach(pending) as client:
        try:
            return Found((await recalled(client, await client.run(name)),))
        except RunNotFound:
            members = await series_in_journal(client, name)
            if not members:
                raise
        runs = tuple([await recalled(client, summary) for summary in members])
        active = (await client.status()).active_run
        return Found(runs, is_series=True, goes_on=any(run.run_id == active for run in members))


def _show_series(found: Found, *, as_json: bool, include_flagged: bool) -> None:
    """As `chimera run --repeat` told it at its end."""
    from chimera_tui.commands.series_output import print_series, series_report  # with the statistics behind it

    summaries = [each.summary for each in found.runs]
    end = None if found.goes_on else ended_as(summaries, wanted_of(summaries))
    if as_json:
        print_json(series_report(found.runs, end, include_flagged=include_flagged))
    else:
        print_series(found.runs, end, include_flagged=include_flagged)


def _show_file(path: Path, *, as_json: bool) -> int:
    text = text_of(path)
    if text.lstrip()[:1] == "{":
        return _show_run(text, str(path), as_json=as_json)
    report = read_agent_report(text, where=str(path))
    if as_json:
        print_json(report_document(report))
    else:
        _print_report(report)
    return 0


def _show_run(text: str, where: str, *, as_json: bool) -> int:
    """A run's metrics.json: the file as it is, or the run in words."""
    summary = read_run_document(text, where)
    if as_json:
        print_json(json.loads(text))
    else:
        print_run(replace(summary, run_id=printable(summary.run_id)))
        print_details(summary)
    return 0


def _print_report(report: AgentReport) -> None:
    print(printable(report.title) + (" (simulated)" if report.simulated else ""))
    print(printable(" · ".join(filter(None, (report.date, report.agent_type, report.model, report.state)))))
    if report.files_analysed is not None:
        print(f"files analysed: {report.files_analysed}")
    if report.metrics:
        print()
        print_table(
            [
                (name, "not reported" if metric.value is None else f"{metric.value} {metric.unit}".rstrip())
                for name, metric in report.metrics.items()
            ]
        )
    _print_waits(report)
    _print_surroundings(report)
    if report.findings:
        print("\nKey findings")
        for finding, facts in zip_longest(report.findings, report.finding_facts, fillvalue=()):
            print(f"- {printable(str(finding))}")
            print("".join(f"    {printable(fact)}\n" for fact in facts), end="")
    if report.recommendations:
        print("\nRecommendations")
        print("\n".join(f"- {printable(line)}" for line in report.recommendations))
    _print_checked(report.checked)


def _print_checked(checked: CheckedSection) -> None:
    if checked.summary:
        print("\nChecked numbers")
        tell(checked.summary, indent=0)
        _print_rows(checked.rows)
    for line in (*checked.remarks, checked.repair):
        if line:
            tell(line)


def _print_waits(report: AgentReport) -> None:
    if report.waits:
        print("\nTTFT taken apart")
        _print_rows(report.waits)
    for sign, sentences in ((DISTURBS, report.flags), (TOLD, report.notes)):
        for sentence in sentences:
            print(printable(f"{sign} {sentence}"))


def _print_surroundings(report: AgentReport) -> None:
    if report.hardware or report.hardware_facts:
        print("\nHardware during the run")
        _print_rows(report.hardware)
        _print_facts(report.hardware_facts)
    if report.environment:
        print("\nEnvironment")
        _print_facts(report.environment)


def _print_rows(rows: Sequence[Mapping[str, str]]) -> None:
    """Every row has the titles of the first."""
    if rows:
        print_table([tuple(rows[0]), *(tuple(row.get(title, "") for title in rows[0]) for row in rows)])


def _print_facts(facts: Mapping[str, str]) -> None:
    if facts:
        print_table(list(facts.items()))
