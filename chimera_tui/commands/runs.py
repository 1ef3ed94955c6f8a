"""`chimera runs`: the history of a directory, newest first."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace

from chimera_tui.client.start import PendingDaemon
from chimera_tui.commands.attach import begin_daemon, reach
from chimera_tui.commands.console import print_json, print_table
from chimera_tui.commands.demo import roots_of
from chimera_tui.commands.flags import add_demo, add_directories, add_json, add_settings
from chimera_tui.domain import formatting
from chimera_tui.domain.flags import tally
from chimera_tui.domain.runs import RunSummary, SeriesPlace

HEADINGS = ("run", "state", "mode", "started", "took", "agents", "models", "tokens", "series", "flags", "")


def add_arguments(parser: ArgumentParser) -> None:
    add_directories(parser)
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="at most so many; default: 50")
    add_demo(parser)
    add_json(parser)
    add_settings(parser)


def run(arguments: Namespace) -> int:
    roots = roots_of(arguments.directories, demo=arguments.demo)
    summaries = asyncio.run(_runs(begin_daemon(roots, arguments), arguments.limit))
    if arguments.json:
        from chimera_tui.formats.metrics_json import run_document

        print_json({"runs": [run_document(summary) for summary in summaries]})
    elif summaries:
        print_table([HEADINGS, *map(row_of, summaries)], right=(4, 7))
    else:
        print("no runs yet; chimera run starts one")
    return 0


async def _runs(pending: PendingDaemon, limit: int) -> list[RunSummary]:
    async with await reach(pending) as client:
        return await client.runs(limit)


def row_of(summary: RunSummary) -> tuple[str, ...]:
    """Cells under `HEADINGS`; `⚑2` says that two flags keep the run out of comparisons."""
    tokens = [outcome.totals.tokens for outcome in summary.agents if outcome.totals.tokens is not None]
    models = dict.fromkeys(outcome.settings.model for outcome in summary.agents)
    return (
        summary.run_id,
        summary.state.value,
        summary.mode,
        formatting.utc(int(summary.started_utc.timestamp() * 1e9)),
        formatting.duration(summary.wall_ns) if summary.wall_ns else formatting.MISSING,
        "+".join(outcome.agent.label for outcome in summary.agents),
        ", ".join(models),
        formatting.count(sum(tokens) if tokens else None),
        _series(summary.series),
        tally(summary.flags),
        "simulated" if summary.simulated else "",
    )


def _series(place: SeriesPlace | None) -> str:
    """`k3v9qa measured 2/5`."""
    return "" if place is None else f"{place.series_id} {place.role} {place.index}/{place.of}"
