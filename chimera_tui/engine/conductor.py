"""Takes a person's commands: starts and cancels runs, changes settings, watches the servers."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chimera_tui.domain.errors import NothingToAnalyse, RunInProgress
from chimera_tui.domain.events import SettingsChanged
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.runs import RunRequest, SeriesPlace, new_run_id
from chimera_tui.engine.job import Job
from chimera_tui.engine.load_memory import LoadMemory
from chimera_tui.engine.outside import Outside
from chimera_tui.engine.prompts import TokenEstimator
from chimera_tui.engine.retries import Sleep
from chimera_tui.engine.run import Run
from chimera_tui.engine.series import Around, Series, check, planned
from chimera_tui.engine.servers import ServerWatch
from chimera_tui.engine.settings_change import changed
from chimera_tui.engine.workshop import Workshop


class Conductor:
    """Implements `engine.commands.Commands`; one job at a time: a run, a series of runs, a campaign."""

    def __init__(
        self,
        outside: Outside,
        settings: Mapping[AgentId, AgentSettings],
        *,
        repair: bool = False,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """With `repair` every run mends its reports, whoever asks for it; `sleep` is how a series waits before it
        tries again."""
        self._outside = outside
        self._repair = repair
        self._sleep = sleep
        self._settings = dict(settings)
        self._memory = LoadMemory()
        self._estimators: dict[str, TokenEstimator] = {}
        self._servers = ServerWatch(outside.server, outside.sink, outside.clock, self._at_work)
        self._job: Job | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def settings(self) -> Mapping[AgentId, AgentSettings]:
        return dict(self._settings)

    @property
    def active_run(self) -> str | None:
        return self._job.run_id if self._job is not None else None

    @property
    def is_busy(self) -> bool:
        """Whether anything is conducted, also while it only waits."""
        return self._job is not None

    def announce(self) -> None:
        """Tell the settings that the program starts with."""
        for agent in AgentId:
            self._tell_settings(agent)

    async def start(self, request: RunRequest) -> str:
        check(request)
        request = replace(request, repair=request.repair or self._repair)
        self._refuse_second_job()
        await self._refuse_without_files()
        settings = dict(self._settings)  # a series measures one setting, whatever is changed meanwhile
        workshop = self.workshop()
        basis = workshop.basis()

        async def look() -> None:
            await workshop.look(settings[agent] for agent in request.agents)

        await look()
        self._refuse_second_job()

        def make(part: RunRequest, place: SeriesPlace | None) -> Run:
            return workshop.make(part, settings, basis, place)

        around = Around(self._outside.sink, self._outside.clock, prepare=look, sleep=self._sleep)
        series = Series(planned(request, new_run_id()), make, around)
        run_id = series.begin()
        self._begin(series, f"runs from {run_id}")
        return run_id

    def workshop(self) -> Workshop:
        """Makes the runs of a job that is not a request of ours; `take` has it conducted."""
        return Workshop(self._outside, self._memory, self._servers, self._estimator)

    async def take(self, job: Job, name: str) -> None:
        """Have a job conducted, as nothing else is. RunInProgress, NothingToAnalyse."""
        self._refuse_second_job()
        await self._refuse_without_files()
        self._refuse_second_job()
        self._begin(job, name)

    def _begin(self, job: Job, name: str) -> None:
        self._job = job
        self._spawn(self._conduct(job), name)

    async def _refuse_without_files(self) -> None:
        if not await self._outside.facts.any_files():
            raise NothingToAnalyse(
                f"nothing to analyse in {self._outside.facts.where}: no csv, json or md file",
                next_="Put benchmark files there, or open another directory.",
            )

    def _refuse_second_job(self) -> None:
        if self._job is not None:
            what, next_ = self._job.in_the_way
            raise RunInProgress(what, next_=next_)

    async def _conduct(self, job: Job) -> None:
        try:
            await job.conduct()
        finally:
            self._job = None
            for agent in AgentId:  # what the next request would reload may have changed
                self._tell_settings(agent)

    async def cancel(self, agent: AgentId | None = None) -> None:
        if self._job is not None:
            await self._job.cancel(agent)

    async def retry(self) -> None:
        if self._job is not None:
            self._job.retry()

    def recall(self, settings: Sequence[tuple[AgentId, AgentSettings]], run_id: str) -> None:
        """What a run of an earlier daemon asked of its servers last: its models may still be loaded that way."""
        for agent, asked in settings:
            self._memory.remember(asked, agent, run_id)

    async def change(self, agent: AgentId, name: str, text: str | None) -> AgentSettings:
        settings = changed(self._settings[agent], name, text, self._servers)
        self._settings[agent] = settings
        self._tell_settings(agent)
        if name in ("host", "model"):
            self._spawn(self.refresh(), "refresh of the servers")
        return settings

    def _tell_settings(self, agent: AgentId) -> None:
        settings = self._settings[agent]
        reloads = dict.fromkeys((*self._memory.reloads(settings), *self._memory.stale(settings)))
        self._outside.sink.emit(SettingsChanged(agent, settings, tuple(reloads)))

    async def refresh(self) -> None:
        await self._servers.refresh(self._settings)

    def _at_work(self) -> tuple[AgentId, ...]:
        return self._job.agents if self._job is not None else ()

    async def close(self) -> None:
        if self._job is not None:
            await self._job.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _estimator(self, settings: AgentSettings) -> TokenEstimator:
        return self._estimators.setdefault(settings.model, TokenEstimator())

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
