"""Makes one run of a campaign: models loaded before, cut off when it takes too long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from chimera_tui.campaign.basis import CampaignBasis
from chimera_tui.campaign.effect import load_key
from chimera_tui.campaign.ledger import Turn
from chimera_tui.domain.campaign import CampaignPlan
from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.errors import RunTooLong
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.engine.prompts import PromptBook
from chimera_tui.engine.run import Run
from chimera_tui.engine.workshop import Workshop


class Maker:
    """Knows what is loaded, as far as this campaign has done it."""

    def __init__(
        self, campaign_id: str, workshop: Workshop, basis: CampaignBasis, changed: Callable[[], None]
    ) -> None:
        self.run: Run | None = None
        """The one that goes on."""
        self._campaign_id = campaign_id
        self._workshop = workshop
        self._basis = basis
        self._changed = changed
        self._books: dict[str, PromptBook] = {}
        self._loaded: object = None
        """`load_key` of the run before."""

    async def make(self, turn: Turn, plan: CampaignPlan) -> RunSummary:
        """To its end, whatever that is. Raises ServerUnreachable when it could not even begin."""
        cell = turn.cell
        settings = dict(zip(cell.agents, cell.settings, strict=True))
        await self._warm(settings, load_key(cell), plan.rules.limits.run_s)
        basis, book = self._basis.of(cell.cell_id), self._book(cell.prompt, plan)
        await self._workshop.read(basis)
        place = CampaignPlace(self._campaign_id, cell.cell_id, turn.role, turn.repeat)
        request = RunRequest(agents=cell.agents, mode=cell.mode)
        self.run = run = self._workshop.make(request, settings, basis, place, prompts=book)
        run.announce()
        self._changed()
        try:
            await _conduct(run, plan.rules.limits.run_s)
        finally:
            self.run = None
        assert run.summary is not None, "conduct() tells the end"
        return run.summary

    def forget(self) -> None:
        """Something went wrong: nobody knows what is loaded now."""
        self._loaded = None

    async def _warm(self, settings: Mapping[AgentId, AgentSettings], key: object, limit_s: float | None) -> None:
        """Load what the run asks for, unless the run before asked for the same. A load that takes longer than a
        run may is left to the run, which then tells what is wrong."""
        await self._workshop.look(settings.values())
        if key != self._loaded:
            self._loaded = None
            with suppress(TimeoutError):
                async with asyncio.timeout(limit_s):
                    await self._workshop.warm(settings, self._campaign_id)
                    self._loaded = key

    def _book(self, variant: str, plan: CampaignPlan) -> PromptBook | None:
        """The prompts of a variant; None for the program's own."""
        if variant and variant not in self._books:
            texts = next(dict(each.texts) for each in plan.prompts if each.name == variant)
            self._books[variant] = PromptBook({**self._workshop.outside.prompts.texts, **texts})
        return self._books.get(variant)


async def _conduct(run: Run, limit_s: float | None) -> None:
    working = asyncio.ensure_future(run.conduct())
    try:
        done, _ = await asyncio.wait({working}, timeout=limit_s)
        if not done:
            what = f"the run took longer than {limit_s:g} s"
            await run.give_up(RunTooLong(what, where="limits", next_="Raise run_time, or ask for less."))
        await working
    except asyncio.CancelledError:
        working.cancel()
        await asyncio.wait({working})
        raise
