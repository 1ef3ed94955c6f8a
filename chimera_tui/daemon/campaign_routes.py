"""The routes of campaigns: plan, begin, resume, steer, look."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from chimera_tui.campaign.desk import Desk, Steering
from chimera_tui.daemon.answers import body_of, error_handlers, json_answer
from chimera_tui.domain.campaign import PlanView
from chimera_tui.domain.campaign_outline import CampaignOutline
from chimera_tui.domain.campaign_view import CampaignView
from chimera_tui.domain.runs import RunSummary


@dataclass(frozen=True, slots=True)
class FileRequest:
    """A campaign file as it was sent."""

    source: str
    where: str
    """Its path, for messages, and for the folders of prompts that it names."""
    large: bool = False
    """Also more cells than anyone means by accident."""
    reuse: bool = False
    """To begin: runs of an earlier campaign with the same cells count."""


@dataclass(frozen=True, slots=True)
class ResumeRequest:
    """Without a source the plan stays as it is."""

    source: str = ""
    where: str = ""
    large: bool = False


@dataclass(frozen=True, slots=True)
class SteerRequest:
    kind: Steering
    cell: str = ""
    amount: int = 0


@dataclass(frozen=True, slots=True)
class BaselineRequest:
    """Also the answer, with the id."""

    name: str = ""
    """Empty for none."""


def application(desk: Desk, admit: Callable[[], Awaitable[None]]) -> Starlette:
    """Answers all routes of campaigns, by their whole paths; `admit` waits until a run may begin, and raises when
    none may."""
    return Starlette(routes=CampaignRoutes(desk, admit).routes(), exception_handlers=error_handlers())


class CampaignRoutes:
    """One method per route."""

    def __init__(self, desk: Desk, admit: Callable[[], Awaitable[None]]) -> None:
        self._desk = desk
        self._admit = admit

    def routes(self) -> list[Route]:
        return [
            Route("/v1/campaigns", self.list),
            Route("/v1/campaigns", self.begin, methods=["POST"]),
            Route("/v1/campaigns/baseline", self.baseline, methods=["POST"]),
            Route("/v1/campaigns/plan", self.plan, methods=["POST"]),
            Route("/v1/campaigns/{name}", self.view),
            Route("/v1/campaigns/{name}/runs", self.runs),
            Route("/v1/campaigns/{name}/resume", self.resume, methods=["POST"]),
            Route("/v1/campaigns/{name}/steer", self.steer, methods=["POST"]),
        ]

    async def plan(self, request: Request) -> Response:
        wanted = await body_of(request, FileRequest)
        return json_answer(PlanView, await self._desk.plan(wanted.source, wanted.where, large=wanted.large))

    async def begin(self, request: Request) -> Response:
        wanted = await body_of(request, FileRequest)
        await self._admit()
        begun = await self._desk.begin(wanted.source, wanted.where, large=wanted.large, reuse=wanted.reuse)
        return json_answer(CampaignOutline, begun, status=201)

    async def resume(self, request: Request) -> Response:
        wanted, name = await body_of(request, ResumeRequest), request.path_params["name"]
        await self._admit()
        resumed = await self._desk.resume(name, wanted.source, wanted.where, large=wanted.large)
        return json_answer(CampaignOutline, resumed)

    async def steer(self, request: Request) -> Response:
        wanted, name = await body_of(request, SteerRequest), request.path_params["name"]
        if wanted.kind == "resume":
            await self._admit()
        return json_answer(CampaignOutline, await self._desk.steer(name, wanted.kind, wanted.cell, wanted.amount))

    async def baseline(self, request: Request) -> Response:
        wanted = await body_of(request, BaselineRequest)
        return json_answer(BaselineRequest, BaselineRequest(await self._desk.mark_baseline(wanted.name)))

    async def list(self, request: Request) -> Response:
        return json_answer(list[CampaignOutline], await self._desk.campaigns())

    async def runs(self, request: Request) -> Response:
        return json_answer(list[RunSummary], await self._desk.runs(request.path_params["name"]))

    async def view(self, request: Request) -> Response:
        return json_answer(CampaignView, await self._desk.view(request.path_params["name"]))
