"""Tells an alert: on every screen, and to the command that the campaign file names."""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import asdict

from chimera_tui.domain.campaign import AlertRule
from chimera_tui.domain.campaign_outline import CampaignOutline
from chimera_tui.domain.campaign_view import Alert
from chimera_tui.domain.events import Notice
from chimera_tui.engine.ports import EventSink

COMMAND_S = 30.0
"""After which a command is ended: a mailer that hangs must not pile up."""
_LOG = logging.getLogger(__name__)


class AlertTeller:
    """Belongs to the event loop's thread."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink
        self._tasks: set[asyncio.Task[None]] = set()

    def raised(self, rule: AlertRule, alert: Alert, campaign: CampaignOutline) -> None:
        """A warning for every viewer, which rings the bell, and the command, if the rule names one."""
        self._sink.emit(Notice("warning", f"{campaign.name}: {alert.words}"))
        if rule.command:
            task = asyncio.create_task(self._run(rule.command, alert, campaign), name="alert command")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _run(self, command: str, alert: Alert, campaign: CampaignOutline) -> None:
        document = {"campaign": campaign.campaign_id, "name": campaign.name, **asdict(alert)}
        try:
            process = await asyncio.create_subprocess_shell(
                command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            self._failed(command, str(error))
            return
        try:
            async with asyncio.timeout(COMMAND_S):
                await process.communicate(json.dumps(document).encode())
        except TimeoutError:
            process.kill()
            await process.wait()
            self._failed(command, f"it did not end in {COMMAND_S:g} s")
            return
        if process.returncode:
            self._failed(command, f"it ended with {process.returncode}")

    def _failed(self, command: str, why: str) -> None:
        _LOG.warning("the alert's command failed: %s: %s", command, why)
        self._sink.emit(Notice("warning", f"The alert could not be passed on: {why} ({command})."))
