"""An alert's command gets the alert, no shell, and none of our secrets."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from chimera_tui.daemon.alert_command import AlertTeller
from chimera_tui.domain.campaign import AlertRule
from chimera_tui.domain.campaign_outline import CampaignOutline, CampaignState
from chimera_tui.domain.campaign_view import Alert
from chimera_tui.domain.events import Event, Notice
from tests.faults.table import cell
from tests.support import eventually

SCRIPT = """#!{python}
import json, os, sys
told = {{"arguments": sys.argv[1:], "environment": dict(os.environ), "alert": json.load(sys.stdin)}}
with open({out!r}, "w") as file:
    json.dump(told, file)
os.rename({out!r}, {out!r} + ".whole")
"""


class Heard:
    """What viewers are told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Notice)]


def script(folder: Path, text: str) -> Path:
    path = folder / "tell me"
    path.write_text(text)
    path.chmod(0o755)
    return path


async def raised(command: str, name: str = "night", command_s: float = 30.0) -> list[str]:
    """What viewers are told until the command is over."""
    teller = AlertTeller(heard := Heard(), command_s)
    outline = CampaignOutline("c1", name, CampaignState.RUNNING, datetime.now(UTC), 1, 1, 2, 0)
    alert = Alert("cell", "decode rate", "A", 12.0, 0.01, f"{name} is worse")
    teller.raised(AlertRule(command=command), alert, outline)
    await eventually(lambda: "alert command" not in map(asyncio.Task.get_name, asyncio.all_tasks()), "its end")
    return heard.notices()


@cell("hostile text", "an alert runs its command", "no shell reads it: names stay arguments, secrets stay here")
async def test_a_command_is_a_program_with_arguments_and_no_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "sk-secret")
    out = tmp_path / "told"
    path = script(tmp_path, SCRIPT.format(python=sys.executable, out=str(out)))
    hostile = "$(touch evil); `touch evil` && touch evil"
    notices = await raised(f"'{path}' '$HOME' '~' '*' '{hostile}' two\\ words", name=hostile)
    text = Path(f"{out}.whole").read_text()  # noqa: ASYNC240 - there is nobody to wait
    told = json.loads(text)
    assert told["arguments"] == ["$HOME", "~", "*", hostile, "two words"]
    assert told["alert"]["name"] == hostile
    assert "sk-secret" not in text
    assert told["environment"]["PATH"] == os.environ["PATH"]
    assert notices == [f"{hostile}: {hostile} is worse"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("/nowhere/at-all --token sk-secret", "No such file"),
        ("'unclosed sk-secret", "No closing quotation"),
        ("false sk-secret", "it ended with 1"),
    ],
)
@cell("alert command", "it is not there, or fails", "it is said, without its arguments; the campaign goes on")
async def test_a_command_that_fails_is_told_without_its_arguments(command: str, told: str) -> None:
    notices = await raised(command)
    assert told in notices[-1]
    assert "sk-secret" not in notices[-1]


@cell("alert command", "it hangs, and so does what it started", "all of it is ended")
async def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    path = script(tmp_path, f"#!/bin/sh\nsleep 600 &\necho $$ $! > '{pids}'\nwait\n")
    notices = await raised(f"'{path}'", command_s=1.0)
    assert "did not end" in notices[-1]
    started = [int(word) for word in pids.read_text().split()]
    assert len(started) == 2
    await eventually(lambda: not [pid for pid in started if _lives(pid)], "the end of what it started")


def _lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
