"""Campaigns as a stream of events tells them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from chimera_tui.client.api import DaemonClient
from chimera_tui.domain.campaign_outline import CampaignChanged, CampaignOutline, CampaignState


@asynccontextmanager
async def following(client: DaemonClient) -> AsyncIterator[AsyncIterator[CampaignOutline]]:
    """What is told of campaigns from now on."""

    async def outlines() -> AsyncIterator[CampaignOutline]:
        async with aclosing(client.events()) as events:
            async for event in events:
                if isinstance(event, CampaignChanged):
                    yield event.outline

    async with aclosing(outlines()) as told:
        yield told


async def until(told: AsyncIterator[CampaignOutline], state: CampaignState) -> CampaignOutline:
    async for outline in told:
        if outline.state is state:
            return outline
    raise AssertionError("the stream ended")
