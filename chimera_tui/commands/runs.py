"""`chimera runs`: the history of a directory, newest first."""

from __future__ import annotations

import asyncio
import shlex
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from chimera_tui.client.places import Places
from chimera_tui.client.start import PendingDaemon
from chimera_tui.commands.attach import begin_daemon, reach
from chimera_tui.commands.console import print_json, print_table, screen_width, tell
from chimera_tui.commands.demo import roots_of
from chimera_tui.commands.flags import add_demo, add_directories, add_json, add_settings
from chimera_tui.commands.run_words import agents_text
from chimera_tui.commands.tables import fitting
from chimera_tui.domain import formatting
from chimera_tui.domain.runs import RunSummary, SeriesPlace

COLUMNS = (
    ("run", 0),
    ("state", 0),
    ("started, UTC", 2),
    ("took", 4),
    ("agents", 3),
    ("models", 6),
    ("tokens", 5),
    ("series", 1),
    ("flags", 1),
    ("grounding", 8),
    ("", 7),
)
"""Headings, each with a rank: the smaller, the longer a column stays when room gets scarce."""
HEADINGS = tuple(heading for heading, _ in COLUMNS)
RIGHT = (3, 6, 9)


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
        _print(summaries)
    else:
        print(_none_yet(roots, arguments.directories, demo=arguments.demo))
    return 0


def _print(summaries: Sequence[RunSummary]) -> None:
    """As many columns as there is room for; what is left out is named."""
    rows = [HEADINGS, *map(row_of, summaries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    kept = fitting(widths, [rank for _, rank in COLUMNS], screen_width())
    right = [place for place, column in enumerate(kept) if column in RIGHT]
    print_table([[row[column] for column in kept] for row in rows], right=right)
    missing = [heading for column, heading in enumerate(HEADINGS) if heading and column not in kept]
    if missing:
        tell(f"no room for {', '.join(missing)}: wider terminals, pipes and JSON have them")


def _none_yet(roots: Sequence[Path], directories: Sequence[str], *, demo: bool) -> str:
    """A demo keeps its history apart: where there is one, how to see it is told."""
    if demo:
        return "no runs yet; chimera run --demo starts one"
    told = "no runs yet; chimera run starts one"
    if not Places.of(roots, demo=True).journal.exists():
        return told
    return f"{told}; those of a demo are apart: {shlex.join(['chimera', 'runs', *directories, '--demo'])}"


async def _runs(pending: PendingDaemon, limit: int) -> list[RunSummary]:
    async with await reach(pending) as client:
        return await client.runs(limit)


def row_of(summary: RunSummary) -> tuple[str, ...]:
    """Cells under `HEADINGS`; flags are tallied: `⚑2 •1` is two causes that disturb and one that does not."""
    tokens = [outcome.totals.tokens for outcome in summary.agents if outcome.totals.tokens is not None]
    models = dict.fromkeys(outcome.settings.model for outcome in summary.agents)
    return (
        summary.run_id,
        summary.state.value,
        formatting.utc(int(summary.started_utc.timestamp() * 1e9)).removesuffix(" UTC"),
        formatting.duration(summary.wall_ns) if summary.wall_ns else formatting.MISSING,
        agents_text(summary),
        ", ".join(models),
        formatting.count(sum(tokens) if tokens else None),
        _series(summary.series),
        summary.marks,
        formatting.percent(summary.grounding_score),
        "simulated" if summary.simulated else "",
    )


def _series(place: SeriesPlace | None) -> str:
    """`k3v9qa 2/5`; `k3v9qa warmup 1/1`, `k3v9qa solo 1/6`."""
    if place is None:
        return ""
    role = "" if place.role == "measured" else f"{place.role} "
    return f"{place.series_id} {role}{place.index}/{place.of}"
