"""What campaigns ask of the outside world beside the engine's ports; implemented in services and in the daemon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chimera_tui.domain.campaign import CampaignPlan, KnownCell
from chimera_tui.domain.campaign_view import CampaignRecord, Decision
from chimera_tui.domain.options import AgentSettings
from chimera_tui.domain.runs import RunSummary


class CampaignStore(Protocol):
    """Keeps campaigns beside the journal of runs. Every method may wait for the disk: call it in a worker thread.

    What a method has returned from is kept, whatever becomes of the process. Raises SaveFailed when the disk
    refuses it, and then nothing has changed; CampaignNotFound for an id that is not there.
    """

    def begin(self, record: CampaignRecord) -> None: ...

    def decide(self, campaign_id: str, decision: Decision, plan: CampaignPlan | None = None) -> None:
        """Add a decision; with a new plan for `replanned`."""
        ...

    def keep_basis(self, campaign_id: str, piece: str, text: str) -> None:
        """Put a piece of `CampaignRecord.basis`, new or changed."""
        ...

    def campaign(self, campaign_id: str) -> CampaignRecord: ...

    def find_campaign(self, name: str) -> str:
        """The id behind an id, its unique beginning, a campaign's name (the newest of that name), or `last`."""
        ...

    def campaigns(self, limit: int = 100) -> Sequence[CampaignRecord]:
        """Newest first."""
        ...

    def runs_of(self, campaign_id: str) -> Sequence[RunSummary]:
        """All of its runs, oldest first: also those that failed, were interrupted or still go on."""
        ...

    def known(self, plan: CampaignPlan, but: str = "") -> Sequence[KnownCell]:
        """The plan's cells that runs outside of the campaign `but` have measured."""
        ...

    def recent_runs(self, limit: int = 200) -> Sequence[RunSummary]:
        """Of any kind, newest first."""
        ...

    def mark_baseline(self, name: str) -> None:
        """What later campaigns are tested against: a campaign's or run's id; empty for nothing."""
        ...

    def baseline(self) -> str:
        """The id that was marked last; empty for none."""
        ...

    def run(self, name: str) -> RunSummary:
        """By an id, its unique beginning, or `last`. RunNotFound."""
        ...

    @property
    def is_writable(self) -> bool:
        """Whether runs are being kept; False while the disk refuses them."""
        ...


class Shape(Protocol):
    """Of a model on its server; None is not known."""

    @property
    def block_count(self) -> int | None: ...

    @property
    def context_length(self) -> int | None:
        """What it was trained on, tokens."""
        ...


class Shapes(Protocol):
    """Knows the models of servers, as far as these tell."""

    async def shape(self, settings: AgentSettings) -> Shape:
        """Nothing is raised: of a server that is down nothing is known."""
        ...
