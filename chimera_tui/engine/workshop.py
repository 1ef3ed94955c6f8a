"""Makes the runs of one job: all of the same outside world, each with what it needs to know of the servers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.runs import RunRequest, SeriesPlace, new_run_id
from chimera_tui.engine.basis import Basis, Fixed
from chimera_tui.engine.load_memory import LoadMemory
from chimera_tui.engine.outside import Outside
from chimera_tui.engine.ports import FactSource
from chimera_tui.engine.prompts import PromptBook, TokenEstimator
from chimera_tui.engine.run import Run
from chimera_tui.engine.servers import ServerWatch
from chimera_tui.engine.warming import warm


class Workshop:
    """One per job."""

    def __init__(
        self,
        outside: Outside,
        memory: LoadMemory,
        servers: ServerWatch,
        learning: Callable[[AgentSettings], TokenEstimator],
    ) -> None:
        """`learning` gives the estimator of a model that goes on to learn."""
        self.outside = outside
        self._memory = memory
        self._servers = servers
        self._learning = learning
        self._simulated = False

    async def look(self, settings: Iterable[AgentSettings]) -> None:
        """Another server may have come to an address since the last look. Raises nothing."""
        self._simulated = await self._servers.any_simulated(each.host for each in settings)

    async def warm(self, settings: Mapping[AgentId, AgentSettings], by: str) -> None:
        """Have the models loaded as a run with these settings will ask for them, so that no load is in its waits.

        `by` is told as who loaded them. Raises ServerUnreachable; what else goes wrong, the run itself will tell.
        """
        await warm(self.outside, self._memory, settings, by)

    def basis(self, fixed: Fixed | None = None, facts: FactSource | None = None) -> Basis:
        """What prompts are made of; `fixed` and `facts` take the place of what the first run would find."""
        return Basis(facts or self.outside.facts, self.outside.clock, self._learning, fixed)

    async def read(self, basis: Basis) -> None:
        """Have the files read for the checks of a run's texts, so that its wall time holds nothing of it. Raises
        nothing: what goes wrong, the run itself will tell."""
        if self.outside.checker is not None:
            with suppress(ChimeraError):
                await self.outside.checker.prepare(await basis.corpus())

    def make(
        self,
        request: RunRequest,
        settings: Mapping[AgentId, AgentSettings],
        basis: Basis,
        place: SeriesPlace | CampaignPlace | None,
        *,
        prompts: PromptBook | None = None,
    ) -> Run:
        """A run that was not announced yet; `prompts` take the place of the program's own."""
        return Run(
            new_run_id(),
            request,
            {agent: settings[agent] for agent in request.agents},
            outside=self.outside if prompts is None else replace(self.outside, prompts=prompts),
            memory=self._memory,
            basis=basis,
            simulated=self._simulated,
            place=place,
        )
