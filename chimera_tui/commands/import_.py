"""`chimera import`: figures of any tool's result files; the older two-agent benchmark's are also computed anew."""

from __future__ import annotations

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from chimera_tui.analysis.multiagent import (
    MEANINGS,
    Check,
    check_run,
    check_stated,
    check_sweep,
    insight_of,
)
from chimera_tui.commands.console import print_json, print_table, say
from chimera_tui.commands.flags import add_json
from chimera_tui.commands.import_findings import (
    findings_document,
    print_findings,
    print_report,
    print_waits,
    report_document,
    waits_document,
)
from chimera_tui.commands.import_results import ResultFile, print_results, results_document
from chimera_tui.commands.text_files import is_folder, text_of
from chimera_tui.domain.comparison_text import runs_text
from chimera_tui.domain.errors import BadUse, FileNotReadable
from chimera_tui.domain.names import printable
from chimera_tui.formats.multiagent import (
    MultiagentRun,
    MultiagentSweep,
    StatedAgent,
    StatedResult,
    StatedRun,
    read_multiagent,
)
from chimera_tui.formats.multiagent_report import MultiagentReport, holds_report, read_report

SUFFIXES = (".json", ".jsonl", ".ndjson", ".csv", ".sql", ".md", ".bench", ".txt", ".log")
"""Of the files that are looked at in a folder; what they are, they say themselves."""
MOST_SKIPPED = 20
"""Files of a folder that could not be read and are named; --json names all."""
MISSING = "–"
Read = MultiagentRun | MultiagentSweep | MultiagentReport | ResultFile
Document = dict[str, object]


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="a result file of any known format, or a folder that holds some"
    )
    add_json(parser)


def run(arguments: Namespace) -> int:
    read, skipped = _read(arguments.paths)
    older = [each for each in read if not isinstance(each, ResultFile)]
    if arguments.json:
        print_json(
            {
                "schema": "chimera.import",
                "version": 1,
                "files": [_document(each) for each in read],
                "not_read": [{"where": error.info.where, "what": error.info.what} for error in skipped],
                "findings": findings_document(older),
                "meanings": dict(MEANINGS),
            }
        )
    else:
        for each in read:
            _print(each)
        if older:
            print("In these files")
            print_table([(f"  {name}", meaning) for name, meaning in MEANINGS])
        print_findings(older)
    for error in skipped[:MOST_SKIPPED]:
        say(f"not read: {error.info.where}: {error.info.what}")
    if len(skipped) > MOST_SKIPPED:
        say(f"not read: {len(skipped) - MOST_SKIPPED} more files")
    return 0 if read else 1


def _read(words: Sequence[str]) -> tuple[list[Read], list[FileNotReadable]]:
    """What was named must be readable; what a folder holds beside it is told and skipped."""
    read: list[Read] = []
    skipped: list[FileNotReadable] = []
    for word in words:
        path = Path(word)
        if not is_folder(path):
            read.append(_file(text_of(path), where=word))
            continue
        for found in _files_below(path):
            try:
                read.append(_file(text_of(found), where=str(found)))
            except FileNotReadable as error:
                skipped.append(error)
    return read, skipped


def _file(text: str, where: str) -> Read:
    """FileNotReadable when it is none of the known formats; an object tells what it holds."""
    from chimera_tui.formats.results import read_results

    if holds_report(text):
        return read_report(text, where)
    try:
        return ResultFile(where, read_results(text, where))
    except FileNotReadable as unknown:
        try:
            return read_multiagent(text, where)
        except FileNotReadable:
            if text.lstrip().startswith("{"):
                raise
            raise unknown from None


def _files_below(folder: Path) -> Iterator[Path]:
    """In order of their names; links to folders are not followed. BadUse when there are none."""
    found = [
        Path(parent) / name
        for parent, _, names in os.walk(folder)
        for name in names
        if name.lower().endswith(SUFFIXES)
    ]
    if not found:
        raise BadUse(f"there is no file of results below {folder}", next_=f"Looked at are {', '.join(SUFFIXES)}.")
    yield from sorted(found)


def _document(read: Read) -> Document:
    if isinstance(read, ResultFile):
        return results_document(read)
    if isinstance(read, MultiagentReport):
        return report_document(read)
    if isinstance(read, MultiagentSweep):
        return {
            "where": read.where,
            "kind": "sweep",
            **{key: value for key, value in asdict(read).items() if key not in ("where", "agents", "runs")},
            "agents": [_agent(agent) for agent in read.agents],
            "runs": [{**asdict(each), "checks": _checks(check_stated(each))} for each in read.runs],
            "checks": _checks(check_sweep(read)),
            "waits": waits_document(read),
        }
    return {
        "where": read.where,
        "kind": "run",
        "stated": asdict(read.stated),
        "collector": _result(read.collector),
        "insight": _result(read.insight),
        "checks": _checks(check_run(read)),
        "waits": waits_document(read),
    }


def _agent(agent: StatedAgent) -> Document:
    return {**asdict(agent), "options": dict(agent.options)}


def _result(result: StatedResult) -> Document:
    insight = insight_of(result)
    return {
        **asdict(result),
        "agent": _agent(result.agent),
        "decode_rate_tokens_per_s": insight.decode_rate,
        "queue_ms": insight.queue_ms,
    }


def _checks(checks: Sequence[Check]) -> list[Document]:
    return [{**asdict(check), "differs": check.differs} for check in checks]


def _print(read: Read) -> None:
    print(printable(read.where))
    if isinstance(read, ResultFile):
        print_results(read)
    elif isinstance(read, MultiagentReport):
        print_report(read)
    elif isinstance(read, MultiagentSweep):
        _print_sweep(read)
    else:
        _print_run(read)
    print()


def _print_run(read: MultiagentRun) -> None:
    s = read.stated
    print(
        f"{printable(s.scenario)}, run {MISSING if s.run_number is None else s.run_number}: speedup "
        f"{_figure(s.concurrency_speedup)}, efficiency {_figure(s.efficiency_percent, '%')}, "
        f"wall {_figure(s.concurrent_wall_time_s, 's')}, "
        f"in sequence {_figure(s.sequential_estimated_s, 's')} by estimate"
    )
    for name, result in (("collector", read.collector), ("insight", read.insight)):
        print(printable(f"{name}: {result.agent.model}, {_options(result.agent)}"))
    rows = [("", "throughput", "TTFT", "load", "queue", "decode rate")]
    for name, result, throughput, ttft in (
        ("collector", read.collector, s.collector_throughput_tokens_per_s, s.collector_ttft_ms),
        ("insight", read.insight, s.insight_throughput_tokens_per_s, s.insight_ttft_ms),
    ):
        insight = insight_of(result)
        rows.append(
            (
                name,
                _figure(throughput, "tok/s"),
                _figure(ttft, "ms"),
                _figure(result.whole.load_ms, "ms"),
                _figure(insight.queue_ms, "ms"),
                _figure(insight.decode_rate, "tok/s"),
            )
        )
    print_table(rows, right=range(1, 6))
    _print_checks(check_run(read))
    print_waits(read)


def _print_sweep(read: MultiagentSweep) -> None:
    print(f"{printable(read.scenario)}, {runs_text(len(read.runs))}")
    for name, agent in zip(("collector", "insight"), read.agents, strict=True):
        print(printable(f"{name}: {agent.model}, {_options(agent)}"))
    rows = [("run", "collector", "TTFT", "insight", "TTFT", "wall", "speedup", "efficiency")]
    print_table([*rows, *map(_row, read.runs)], right=range(1, 8))
    print(
        f"on average: speedup {_figure(read.average_speedup)}, efficiency "
        f"{_figure(read.average_efficiency_percent, '%')}, throughput delta "
        f"{_figure(read.average_throughput_delta_tokens_per_s, 'tok/s')}, TTFT delta "
        f"{_figure(read.average_ttft_delta_ms, 'ms')}"
    )
    _print_checks([*check_sweep(read), *(check for each in read.runs for check in check_stated(each))])
    print_waits(read)


def _row(s: StatedRun) -> tuple[str, ...]:
    return (
        MISSING if s.run_number is None else str(s.run_number),
        _figure(s.collector_throughput_tokens_per_s, "tok/s"),
        _figure(s.collector_ttft_ms, "ms"),
        _figure(s.insight_throughput_tokens_per_s, "tok/s"),
        _figure(s.insight_ttft_ms, "ms"),
        _figure(s.concurrent_wall_time_s, "s"),
        _figure(s.concurrency_speedup),
        _figure(s.efficiency_percent, "%"),
    )


def _print_checks(checks: Sequence[Check]) -> None:
    differing = [check for check in checks if check.differs]
    compared = sum(check.stated is not None and check.recomputed is not None for check in checks)
    if not differing:
        print(f"computed anew: {compared} of {len(checks)} stated figures, all as stated")
    for check in differing:
        print(f"{check.name}: stated {_figure(check.stated, check.unit)}, computed {_figure(check.recomputed)}")


def _figure(value: float | None, unit: str = "") -> str:
    """Seven figures: all that a 32-bit float holds, without its noise."""
    return MISSING if value is None else f"{value:.7g} {unit}".rstrip()


def _options(agent: StatedAgent) -> str:
    return ", ".join(f"{name}={_figure(value)}" for name, value in agent.options) or "the server's defaults"
