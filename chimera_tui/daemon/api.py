"""The daemon's routes: commands, questions and the stream of events, as HTTP that curl can speak."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from chimera_tui.daemon.answers import EventStream, body_of, error_handlers, json_answer
from chimera_tui.daemon.bounds import Bounds
from chimera_tui.daemon.compare_route import compare_route
from chimera_tui.daemon.growth_routes import growth_route
from chimera_tui.daemon.history import with_metrics
from chimera_tui.daemon.hub import Hub
from chimera_tui.daemon.late_app import LateApp
from chimera_tui.daemon.lines import blocks
from chimera_tui.daemon.statistics_routes import run_statistics_route, series_statistics_route
from chimera_tui.domain.errors import BadUse, ChimeraError
from chimera_tui.domain.events import Envelope, Event, Notice
from chimera_tui.domain.inventory import FileContent
from chimera_tui.domain.limits import EVENTS_PER_S
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.domain.status import DaemonStatus
from chimera_tui.engine.commands import Commands
from chimera_tui.services.inventory.growth import GrowthService
from chimera_tui.services.journal.journal import Journal

_MAX_RUNS = 1_000
_MAX_SKIP = 999_999_999
_REPLAY_EVENTS = 200


@dataclass(frozen=True, slots=True)
class RunBegun:
    run_id: str


@dataclass(frozen=True, slots=True)
class CancelRequest:
    agent: AgentId | None = None


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    agent: AgentId
    name: str
    value: str | int | float | None = None
    """None resets to the server's default."""


@dataclass(frozen=True, slots=True)
class ShutdownRequest:
    when: Literal["now", "idle"] = "now"


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes call."""

    commands: Commands
    campaigns: Callable[[], ASGIApp]
    """Makes what answers below `/v1/campaigns`."""
    hub: Hub
    journal: Journal
    preview: Callable[[str], Awaitable[FileContent]]
    growth: GrowthService
    admit_run: Callable[[], Awaitable[None]]
    """Waits until a run may begin; raises when none may."""
    status: Callable[[], DaemonStatus]
    bounds: Bounds
    shutdown: Callable[[Literal["now", "idle"]], None]


class Api:
    """One method per route."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def application(self) -> Starlette:
        campaigns = LateApp(self._services.campaigns)
        routes = [
            Route("/v1/status", self.status),
            Route("/v1/events", self.events),
            Route("/v1/runs", self.runs),
            Route("/v1/runs", self.start_run, methods=["POST"]),
            Route("/v1/history", self.history),
            Route("/v1/runs/{name}", self.run),
            Route("/v1/runs/{name}/events", self.replay),
            Route("/v1/runs/{name}/statistics", run_statistics_route(self._services.journal)),
            Route("/v1/series/{series_id}/statistics", series_statistics_route(self._services.journal)),
            Route("/v1/compare", compare_route(self._services.journal)),
            Route("/v1/campaigns", campaigns),
            Route("/v1/campaigns/{rest:path}", campaigns),
            Route("/v1/cancel", self.cancel, methods=["POST"]),
            Route("/v1/retry", self.retry, methods=["POST"]),
            Route("/v1/settings", self.settings),
            Route("/v1/settings", self.change, methods=["PATCH"]),
            Route("/v1/refresh", self.refresh, methods=["POST"]),
            Route("/v1/files", self.preview),
            Route("/v1/growth", growth_route(self._services.growth)),
            Route("/v1/shutdown", self.shutdown, methods=["POST"]),
        ]
        return Starlette(routes=routes, exception_handlers=error_handlers())

    async def status(self, request: Request) -> Response:
        return json_answer(DaemonStatus, self._services.status())

    async def events(self, request: Request) -> Response:
        per_second = _whole(request.query_params.get("per_second", "10"), "per_second", EVENTS_PER_S)
        self._services.bounds.admit_viewer()
        joined = _whole(request.query_params.get("joined", "0"), "joined", 1, least=0) == 1
        return EventStream(self._services.hub, per_second, joined=joined)

    # ---- runs --------------------------------------------------------------------------------------------

    async def start_run(self, request: Request) -> Response:
        wanted = await body_of(request, RunRequest)
        if not wanted.agents or len(set(wanted.agents)) != len(wanted.agents):
            raise BadUse("agents must name a or b or both, each once", next_='Send {"agents": ["a", "b"]}.')
        await self._services.admit_run()
        run_id = await self._services.commands.start(wanted)
        return json_answer(RunBegun, RunBegun(run_id), status=201)

    async def runs(self, request: Request) -> Response:
        limit = _whole(request.query_params.get("limit", "50"), "limit", _MAX_RUNS)
        before = request.query_params.get("before")
        found = await asyncio.to_thread(self._services.journal.runs_json, limit, before)
        return Response(found, media_type="application/json")

    async def history(self, request: Request) -> Response:
        limit = _whole(request.query_params.get("limit", "50"), "limit", _MAX_RUNS)
        skip = _whole(request.query_params.get("skip", "0"), "skip", _MAX_SKIP, least=0)
        found = await asyncio.to_thread(self._services.journal.page_json, limit, skip)
        return Response(found, media_type="application/json")

    async def run(self, request: Request) -> Response:
        journal = self._services.journal
        run_id = await asyncio.to_thread(journal.find, request.path_params["name"])
        return json_answer(RunSummary, await asyncio.to_thread(journal.run, run_id))

    async def replay(self, request: Request) -> Response:
        run_id = await asyncio.to_thread(self._services.journal.find, request.path_params["name"])
        return StreamingResponse(self._replay(run_id), media_type="application/x-ndjson")

    async def _replay(self, run_id: str) -> AsyncIterator[bytes]:
        events: Iterator[Event] = with_metrics(self._services.journal.events(run_id))
        numbered = (Envelope(number, event) for number, event in enumerate(events, start=1))
        try:
            while page := await asyncio.to_thread(lambda: list(itertools.islice(numbered, _REPLAY_EVENTS))):
                for block in blocks(page):
                    yield block
        except ChimeraError as error:  # the status is sent: what is left is to say it in the stream
            yield b"".join(blocks([Envelope(0, Notice("error", str(error)))]))

    async def cancel(self, request: Request) -> Response:
        await self._services.commands.cancel((await body_of(request, CancelRequest)).agent)
        return Response(status_code=204)

    async def retry(self, request: Request) -> Response:
        await self._services.commands.retry()
        return Response(status_code=204)

    # ---- settings, files, the daemon itself --------------------------------------------------------------

    async def settings(self, request: Request) -> Response:
        return json_answer(dict[AgentId, AgentSettings], dict(self._services.commands.settings))

    async def change(self, request: Request) -> Response:
        wanted = await body_of(request, ChangeRequest)
        text = None if wanted.value is None else str(wanted.value)
        settings = await self._services.commands.change(wanted.agent, wanted.name, text)
        return json_answer(AgentSettings, settings)

    async def refresh(self, request: Request) -> Response:
        await self._services.commands.refresh()
        return Response(status_code=204)

    async def preview(self, request: Request) -> Response:
        path = request.query_params.get("path")
        if not path:
            raise BadUse("which file?", next_="Add ?path=<path as the inventory lists it>.")
        return json_answer(FileContent, await self._services.preview(path))

    async def shutdown(self, request: Request) -> Response:
        self._services.shutdown((await body_of(request, ShutdownRequest)).when)
        return Response(status_code=202)


def _whole(text: str, name: str, most: int, least: int = 1) -> int:
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most:
        return int(text)
    raise BadUse(f"{name} must be a whole number from {least} to {most}, not {text!r}")
