"""Tells an alert: on every screen, and to the command that the campaign file names."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import shlex
import signal
from dataclasses import asdict

from chimera_tui.domain.campaign import AlertRule
from chimera_tui.domain.campaign_outline import CampaignOutline
from chimera_tui.domain.campaign_view import Alert
from chimera_tui.domain.events import Notice
from chimera_tui.engine.ports import EventSink

COMMAND_S = 30.0
"""After which a command is ended: a mailer that hangs must not pile up."""
SECRETS = ("OLLAMA_API_KEY",)
"""Variables that a command is not given."""
_LOG = logging.getLogger(__name__)


class AlertTeller:
    """Belongs to the event loop's thread."""

    def __init__(self, sink: EventSink, command_s: float = COMMAND_S) -> None:
        self._sink = sink
        self._command_s = command_s
        self._tasks: set[asyncio.Task[None]] = set()

    def raised(self, rule: AlertRule, alert: Alert, campaign: CampaignOutline) -> None:
        """A warning for every viewer, which rings the bell, and the command, if the rule names one. No shell reads
        it: what a model or a file is called is never part of a program."""
        self._sink.emit(Notice("warning", f"{campaign.name}: {alert.words}"))
        if rule.command:
            task = asyncio.create_task(self._run(rule.command, alert, campaign), name="alert command")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, command: str, alert: Alert, campaign: CampaignOutline) -> None:
        document = {"campaign": campaign.campaign_id, "name": campaign.name, **asdict(alert)}
        try:
            process = await asyncio.create_subprocess_exec(
                *shlex.split(command),
                env={name: value for name, value in os.environ.items() if name not in SECRETS},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:  # such as no program of that name, or a quotation without its end
            self._failed(command, str(error))
            return
        try:
            async with asyncio.timeout(self._command_s):
                await process.communicate(json.dumps(document).encode())
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            self._failed(command, f"it did not end in {self._command_s:g} s")
            return
        if process.returncode:
            self._failed(command, f"it ended with {process.returncode}")

    def _failed(self, command: str, why: str) -> None:
        """Only its first word is told: the others may hold what a service asks for."""
        program = command.split(maxsplit=1)[0]
        _LOG.warning("the alert's command failed: %s: %s", program, why)
        self._sink.emit(Notice("warning", f"The alert could not be passed on: {why} ({program})."))
