"""The daemon's routes of campaigns as typed coroutines; a part of `DaemonClient`."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, TypeVar
from urllib.parse import quote

from chimera_tui.domain.campaign import PlanView
from chimera_tui.domain.campaign_outline import CampaignOutline
from chimera_tui.domain.campaign_view import CampaignView
from chimera_tui.domain.runs import RunSummary

T = TypeVar("T")
Steering = Literal["pause", "resume", "skip", "want", "repeats", "first"]


class CampaignCalls(ABC):
    """Needs the two methods that are at the end. A name is an id, its unique beginning, a campaign's name or
    `last`; every method may raise CampaignNotFound for one that there is not, and DaemonUnreachable."""

    async def plan_campaign(self, source: str, where: str, *, large: bool = False) -> PlanView:
        """What a campaign file comes to. CampaignInvalid, SettingInvalid, FileNotReadable."""
        body = {"source": source, "where": where, "large": large}
        return self._read(PlanView, await self._call("POST", "/v1/campaigns/plan", body))

    async def begin_campaign(
        self, source: str, where: str, *, large: bool = False, reuse: bool = False
    ) -> CampaignOutline:
        """Begin it. With `reuse` runs of an earlier campaign with the same cells count. As `plan_campaign`;
        RunInProgress, NothingToAnalyse, SaveFailed."""
        body = {"source": source, "where": where, "large": large, "reuse": reuse}
        return self._read(CampaignOutline, await self._call("POST", "/v1/campaigns", body))

    async def resume_campaign(
        self, name: str, source: str = "", where: str = "", *, large: bool = False
    ) -> CampaignOutline:
        """Go on with what is missing, with a source by its plan. As `begin_campaign`."""
        body = {"source": source, "where": where, "large": large}
        return self._read(CampaignOutline, await self._call("POST", f"/v1/campaigns/{quoted(name)}/resume", body))

    async def steer_campaign(self, name: str, kind: Steering, cell: str = "", amount: int = 0) -> CampaignOutline:
        """Pause, resume, skip or want a cell, change its repeats by an amount, have it run first. BadUse."""
        body = {"kind": kind, "cell": cell, "amount": amount}
        return self._read(CampaignOutline, await self._call("POST", f"/v1/campaigns/{quoted(name)}/steer", body))

    async def mark_baseline(self, name: str) -> str:
        """Test later campaigns against this one, with an empty name against none; its id."""
        answer = await self._call("POST", "/v1/campaigns/baseline", {"name": name})
        return str(json.loads(answer)["name"])

    async def campaigns(self) -> Sequence[CampaignOutline]:
        """Newest first."""
        return self._read(list[CampaignOutline], await self._call("GET", "/v1/campaigns"))

    async def campaign(self, name: str) -> CampaignView:
        return self._read(CampaignView, await self._call("GET", f"/v1/campaigns/{quoted(name)}"))

    async def campaign_runs(self, name: str) -> list[RunSummary]:
        """All of its runs, oldest first, also those that failed."""
        return self._read(list[RunSummary], await self._call("GET", f"/v1/campaigns/{quoted(name)}/runs"))

    @abstractmethod
    async def _call(
        self, method: str, path: str, body: object = None, *, params: dict[str, str] | None = None
    ) -> bytes: ...

    @abstractmethod
    def _read(self, record: type[T], content: bytes) -> T: ...


def quoted(name: str) -> str:
    """A name as a part of a path: what a person typed may hold anything, a slash too."""
    return quote(name, safe="")
