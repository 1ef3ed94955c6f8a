"""`chimera compare`: two runs, or two groups of runs, beside each other."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace

from chimera_tui.analysis.compare import compare
from chimera_tui.analysis.groups import disturbance
from chimera_tui.analysis.speedup import Speedup, speedup
from chimera_tui.client.start import PendingDaemon
from chimera_tui.commands.attach import begin_daemon, reach
from chimera_tui.commands.compare_groups import Group, History, needs_history, resolve
from chimera_tui.commands.compare_output import comparison_document, print_comparison
from chimera_tui.commands.console import print_json, say
from chimera_tui.commands.demo import roots_of
from chimera_tui.commands.flags import add_demo, add_json, add_settings
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary

_PAGE = 500

GROUP = (
    "run ids or beginnings of them, `last`, ids of series, metrics.json files or chimera_runs folders, with commas"
)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("a", metavar="A", help=f"what B is compared with: {GROUP}")
    parser.add_argument("b", metavar="B", help="the same for the other side")
    parser.add_argument(
        "directory", metavar="DIR", nargs="?", help="reports directory of the runs; default: this one"
    )
    parser.add_argument(
        "--include-flagged", action="store_true", help="count runs as well that something disturbed"
    )
    add_demo(parser)
    add_json(parser)
    add_settings(parser)


def run(arguments: Namespace) -> int:
    history = None
    if needs_history(arguments.a) or needs_history(arguments.b):
        directories = [arguments.directory] if arguments.directory else []
        history = asyncio.run(read_history(begin_daemon(roots_of(directories, demo=arguments.demo), arguments)))
    a, b = resolve(arguments.a, history), resolve(arguments.b, history)
    view = compare(a.runs, b.runs, include_flagged=arguments.include_flagged)
    speedups = {
        side: told
        for side, group in (("a", a), ("b", b))
        if (told := _speedup(group, include_flagged=arguments.include_flagged)) is not None
    }
    if arguments.json:
        print_json(comparison_document(view, speedups))
    else:
        print_comparison(view, speedups)
        if any(disturbance(each) for each in (*a.runs, *b.runs)) and not arguments.include_flagged:
            say("disturbed runs are left out; --include-flagged counts them")
    return 0 if view.metrics else 1


async def read_history(pending: PendingDaemon) -> History:
    """Every run of the directory, newest first."""
    runs: list[RunSummary] = []
    async with await reach(pending) as client:
        while page := await client.runs(_PAGE, before=runs[-1].run_id if runs else None):
            runs += page
            if len(page) < _PAGE:
                break
    return History(tuple(runs))


def _speedup(group: Group, *, include_flagged: bool) -> Speedup | None:
    """None unless runs of one agent alone belong to the group's series."""
    if not group.solo:
        return None
    alone = {
        agent: [run for run in group.solo if run.agents and run.agents[0].agent is agent] for agent in AgentId
    }
    return speedup(group.runs, alone[AgentId.A], alone[AgentId.B], include_flagged=include_flagged)
