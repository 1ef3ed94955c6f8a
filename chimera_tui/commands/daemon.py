"""`chimera daemon status|stop`: the process behind the screen. Neither starts one."""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from pathlib import Path

from chimera_tui.client.places import Places
from chimera_tui.client.start import answer, ask, request_shutdown
from chimera_tui.commands.console import print_json, print_table
from chimera_tui.commands.demo import roots_of
from chimera_tui.commands.flags import add_demo, add_directories, add_json
from chimera_tui.daemon.claim import silent_holder
from chimera_tui.domain import formatting
from chimera_tui.domain.errors import DaemonUnreachable, RunInProgress, SaveFailed

ENDS_WITHIN_S = 30.0
"""A run that is cancelled closes its streams and saves what it has first."""
LOOK_S = 0.05

Status = Mapping[str, object]
"""`domain.status.DaemonStatus` as JSON. A daemon of another version may say more or less."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("what", choices=("status", "stop"))
    add_directories(parser)
    parser.add_argument(
        "--force",
        action="store_true",
        help="stop: cancel a run that goes on, leave what is not saved to the next daemon",
    )
    add_demo(parser)
    add_json(parser)


def run(arguments: Namespace) -> int:
    roots = roots_of(arguments.directories, demo=arguments.demo)
    places = Places.of(roots, demo=arguments.demo)
    stopping = arguments.what == "stop"
    status = _stop(places.socket, force=arguments.force) if stopping else _status(places.socket)
    if status is None and (silent := silent_holder(places)) is not None:
        raise silent
    if arguments.json:
        print_json({"running": status is not None and not stopping, "daemon": status})
    elif status is None:
        print("no daemon runs for this directory")
    elif stopping:
        print(f"stopped daemon {status.get('pid')}")
    else:
        print_table(_rows(status))
    return 0


def _status(socket: Path) -> Status | None:
    """None when nobody answers; a socket that is still there is a leftover then."""
    question = ask(socket, "GET", "/v1/status")
    found = answer(question) if question is not None else None
    return found if isinstance(found, dict) else None


def _stop(socket: Path, *, force: bool) -> Status | None:
    """End the daemon and wait until it answers no more.

    Raises RunInProgress and SaveFailed unless `force`, DaemonUnreachable when it stays.
    """
    status = _status(socket)
    if status is None:
        return None
    if status.get("active_run") and not force:
        raise RunInProgress(
            f"run {status['active_run']} goes on",
            next_="Wait for it, or cancel it with: chimera daemon stop --force",
        )
    if status.get("unsaved") and not force:
        raise SaveFailed(
            f"no disk has taken {status['unsaved']} yet",
            next_="Free some space; it is saved then. With --force it is left to the next daemon, which has to be "
            "started before the machine is.",
        )
    request_shutdown(socket, "now")
    deadline_s = time.monotonic() + ENDS_WITHIN_S
    while _status(socket) is not None:
        if time.monotonic() > deadline_s:
            raise DaemonUnreachable(
                f"the daemon has not ended in {ENDS_WITHIN_S:g} s",
                where=str(socket),
                next_=f"End it by force: kill -9 {status.get('pid')}",
            )
        time.sleep(LOOK_S)
    return status


def _rows(status: Status) -> list[tuple[str, str]]:
    roots, up_s = status.get("roots"), status.get("uptime_s")
    rows = {
        "pid": status.get("pid"),
        "version": status.get("version"),
        "directories": ", ".join(map(str, roots)) if isinstance(roots, list) else None,
        "up": formatting.duration(up_s * 1e9) if isinstance(up_s, int | float) else None,
        "viewers": status.get("viewers"),
        "run": status.get("active_run") or "none",
        "not saved": status.get("unsaved") or "nothing",
        "simulator": "yes" if status.get("demo") else "no",
        "socket": status.get("socket"),
        "journal": status.get("journal") or "in memory only",
        "log": status.get("log"),
    }
    return [(name, formatting.MISSING if value is None else str(value)) for name, value in rows.items()]
