"""`chimera run`: the agents without the screen, as one JSON document or a short summary."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from chimera_tui.client.start import PendingDaemon
from chimera_tui.commands.attach import apply_flags, begin_daemon, reach
from chimera_tui.commands.console import print_json, say
from chimera_tui.commands.demo import roots_of
from chimera_tui.commands.flags import add_demo, add_directories, add_json, add_settings, read_settings
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunRequest, RunState
from chimera_tui.settings import Settings

AGENTS = {"a": (AgentId.A,), "b": (AgentId.B,), "both": (AgentId.A, AgentId.B)}
INTERRUPTED = 130


def add_arguments(parser: ArgumentParser) -> None:
    add_directories(parser)
    parser.add_argument("--agent", choices=AGENTS, default="both", help="who runs; default: both")
    parser.add_argument("--out", metavar="DIR", type=Path, help="copy the saved reports there as well")
    add_demo(parser)
    add_json(parser)
    add_settings(parser)


def run(arguments: Namespace) -> int:
    roots = roots_of(arguments.directories, demo=arguments.demo)
    settings = read_settings(arguments, roots)
    return asyncio.run(_run(begin_daemon(roots, arguments), arguments, settings))


async def _run(pending: PendingDaemon, arguments: Namespace, settings: Settings) -> int:
    from chimera_tui.commands.follow import Followed, follow
    from chimera_tui.commands.interrupt import Interrupt
    from chimera_tui.commands.progress import Progress
    from chimera_tui.commands.run_output import copy_reports, print_summary, run_report

    request = RunRequest(AGENTS[arguments.agent], settings.run.mode)
    progress = Progress(sys.stderr)
    async with await reach(pending) as client:
        await apply_flags(client, settings)
        async with Interrupt(client, settings.run.timeout_s) as interrupt:
            with progress:
                followed: Followed = await follow(client, request, started=interrupt.arm, tell=progress.tell)
    if arguments.out is not None:
        followed = copy_reports(followed, arguments.out)
    if arguments.json:
        print_json(run_report(followed))
    else:
        print_summary(followed)
    return _exit_code(followed.summary.state, interrupt.cause, settings)


def _exit_code(state: RunState, cause: str, settings: Settings) -> int:
    if state is RunState.DONE:
        return 0
    if cause == "signal":
        return INTERRUPTED
    if cause == "timeout":
        say(f"chimera: the run was cancelled after {settings.run.timeout_s:g} s. Give it longer with --timeout.")
    return 1
