"""`chimera run`: the agents without the screen, once or over and over, as one JSON document or a short summary."""

from __future__ import annotations

import asyncio
import shlex
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from chimera_tui.client.start import PendingDaemon
from chimera_tui.commands.attach import apply_flags, begin_daemon, reach
from chimera_tui.commands.console import print_json, say
from chimera_tui.commands.demo import roots_of
from chimera_tui.commands.flags import add_demo, add_directories, add_json, add_settings, read_settings
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunRequest
from chimera_tui.domain.series import SeriesEnded
from chimera_tui.settings import Settings

if TYPE_CHECKING:
    from chimera_tui.commands.followed import Followed

AGENTS = {"a": (AgentId.A,), "b": (AgentId.B,), "both": (AgentId.A, AgentId.B)}
INTERRUPTED = 130


def add_arguments(parser: ArgumentParser) -> None:
    add_directories(parser)
    parser.add_argument("--agent", choices=AGENTS, default="both", help="who runs; default: both")
    parser.add_argument(
        "--repeat", type=int, default=1, metavar="N",
        help="measure so many runs, one after the other; a run whose fault may heal is made again",
    )  # fmt: skip
    parser.add_argument("--warmup", type=int, default=0, metavar="N", help="runs before them that do not count")
    parser.add_argument(
        "--solo", action="store_true", help="also run each agent alone as often, to tell what running both gains"
    )
    parser.add_argument(
        "--include-flagged", action="store_true", help="let runs count that something disturbed, a reload say"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="copy the saved reports there as well")
    add_demo(parser)
    add_json(parser)
    add_settings(parser)


def run(arguments: Namespace) -> int:
    roots = roots_of(arguments.directories, demo=arguments.demo)
    settings = read_settings(arguments, roots)
    return asyncio.run(_run(begin_daemon(roots, arguments), arguments, settings))


async def _run(pending: PendingDaemon, arguments: Namespace, settings: Settings) -> int:
    from chimera_tui.commands.follow import follow
    from chimera_tui.commands.interrupt import Interrupt
    from chimera_tui.commands.progress import Progress
    from chimera_tui.commands.series_end import ended_as, wanted_by

    request = RunRequest(
        AGENTS[arguments.agent],
        settings.run.mode,
        arguments.repeat,
        arguments.warmup,
        arguments.solo,
        settings.run.repair,
    )
    progress = Progress(sys.stderr)
    async with await reach(pending) as client:
        await apply_flags(client, settings)
        async with Interrupt(client, settings.run.timeout_s) as interrupt:
            with progress:
                runs, heard = await follow(client, request, started=interrupt.arm, tell=progress.tell)
    end = heard or ended_as([each.summary for each in runs], wanted_by(request))
    _print(runs, end, arguments)
    if end.state == "done":
        return 0
    return _failure(interrupt.cause, settings)


def _print(runs: tuple[Followed, ...], end: SeriesEnded, arguments: Namespace) -> None:
    from chimera_tui.commands.run_output import copy_reports, print_summary, run_report

    out: Path | None = arguments.out
    if runs[0].summary.series is None:
        (followed,) = runs if out is None else (copy_reports(runs[0], out),)
        if arguments.json:
            print_json(run_report(followed))
        else:
            print_summary(followed)
        return
    from chimera_tui.commands.series_output import print_series, series_report

    if out is not None:
        runs = tuple(copy_reports(each, out / Path(each.folder).name) for each in runs)
    if arguments.json:
        print_json(series_report(runs, end, include_flagged=arguments.include_flagged))
    else:
        print_series(runs, end, include_flagged=arguments.include_flagged)
        print(f"{_again(end.series_id, arguments)} tells this again")


def _again(series_id: str, arguments: Namespace) -> str:
    """The command that shows the series later, from the same place."""
    flags = [("--demo", arguments.demo), ("--include-flagged", arguments.include_flagged)]
    words = [series_id, *arguments.directories[:1], *(flag for flag, given in flags if given)]
    return shlex.join(["chimera", "show", *words])


def _failure(cause: str, settings: Settings) -> int:
    if cause == "signal":
        return INTERRUPTED
    if cause == "timeout":
        say(f"chimera: the run was cancelled after {settings.run.timeout_s:g} s. Give it longer with --timeout.")
    return 1
