"""A campaign followed from the terminal that began it: through the end of its daemon, and to its own."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, TextIO

from chimera_tui.commands.console import say
from chimera_tui.commands.interrupt import Interrupt
from chimera_tui.commands.progress import Progress
from chimera_tui.domain.campaign_outline import CampaignChanged, CampaignOutline, CampaignState
from chimera_tui.domain.errors import DaemonUnreachable
from chimera_tui.domain.events import Event
from chimera_tui.domain.formatting import duration

if TYPE_CHECKING:
    from chimera_tui.client.api import DaemonClient

ALERT = 3
"""Exit code when a cell is worse than its baseline."""
INTERRUPTED = 130
_GOES_ON = (CampaignState.RUNNING, CampaignState.WAITING)


async def follow(
    reach: Callable[[], Awaitable[DaemonClient]],
    start: Callable[[DaemonClient], Awaitable[CampaignOutline]],
    arguments: Namespace,
) -> int:
    """Start it, tell how it goes on, and give the exit code. When the daemon is killed, another one goes on; one
    that was told to end has said that it ends, and is left alone.

    Raises what the daemon answers to `start`.
    """
    async with await reach() as client:
        outline = await start(client)
        say(f"campaign {outline.name} ({outline.campaign_id}): {outline.cells} cells, {outline.wanted} runs")
        if arguments.detach:
            return 0
        outline, cause = await _follow(client, outline, sys.stderr)
    while cause == "" and outline.state in _GOES_ON:
        say("the daemon is gone; whichever answers next makes the runs that are missing")
        async with await reach() as client:
            outline = await _taken_up(client, outline.campaign_id)
            outline, cause = await _follow(client, outline, sys.stderr)
    _tell_end(outline)
    if cause == "signal":
        return INTERRUPTED
    if outline.alerts:
        return ALERT
    return 0 if outline.state is CampaignState.DONE and outline.done >= outline.wanted else 1


async def _taken_up(client: DaemonClient, campaign_id: str) -> CampaignOutline:
    """As it stands in a daemon that has just started: resumed, unless somebody else was quicker."""
    outline = (await client.campaign(campaign_id)).outline
    if outline.state is CampaignState.INTERRUPTED:
        return await client.resume_campaign(campaign_id)
    return outline


async def _follow(client: DaemonClient, outline: CampaignOutline, stream: TextIO) -> tuple[CampaignOutline, str]:
    """Until it rests or its daemon has ended; how it stands then, and `signal` when a person stopped it."""
    line = _Line(stream)
    async with Interrupt(client, None) as interrupt:
        interrupt.arm()
        with line.progress:
            try:
                async with aclosing(client.events()) as events:
                    async for event in events:
                        line.tell(event)
                        if isinstance(event, CampaignChanged) and event.outline.campaign_id == outline.campaign_id:
                            outline = event.outline
                            if outline.state not in _GOES_ON:
                                return outline, interrupt.cause
                        elif outline.state not in _GOES_ON:
                            return outline, interrupt.cause
            except DaemonUnreachable:
                return outline, interrupt.cause
    return outline, interrupt.cause


class _Line:
    """The place of the campaign before the progress of its run."""

    def __init__(self, stream: TextIO) -> None:
        self.progress = Progress(stream)

    def tell(self, event: Event) -> None:
        if isinstance(event, CampaignChanged):
            self.progress.place = place(event.outline)
        self.progress.tell(event)


def place(outline: CampaignOutline) -> str:
    """`34 of 120 runs, 1 failed, 2 h 05 m left: `."""
    parts = [f"{outline.done} of {outline.wanted} runs"]
    if outline.failed:
        parts.append(f"{outline.failed} failed")
    if outline.eta_s is not None:
        parts.append(f"{duration(outline.eta_s * 1e9)} left")
    if outline.state is CampaignState.WAITING:
        parts.append(f"waits: {outline.why}")
    return f"{', '.join(parts)}: "


def _tell_end(outline: CampaignOutline) -> None:
    why = f": {outline.why}" if outline.why else ""
    say(f"campaign {outline.name} ({outline.campaign_id}) is {outline.state}{why}")
    spent = duration(outline.spent_s * 1e9)
    say(f"{outline.done} of {outline.wanted} runs measured, {outline.failed} failed, in {spent}")
    if outline.state is not CampaignState.DONE:
        say(f"chimera campaign resume {outline.campaign_id} goes on")
    else:
        say(f"chimera campaign report {outline.campaign_id} tells what it found")
