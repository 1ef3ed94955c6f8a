"""What ends a campaign before every run is made: its limits and stop rules."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.campaign.ledger import Ledger
from chimera_tui.domain.campaign_outline import CampaignState
from chimera_tui.domain.formatting import duration


@dataclass(frozen=True, slots=True)
class Reason:
    """An end and why, in words."""

    state: CampaignState
    why: str


def reason_to_stop(ledger: Ledger) -> Reason | None:
    """The first limit or rule that is reached, while anything is left to run."""
    limits, stop = ledger.plan.rules.limits, ledger.plan.rules.stop
    if not any(ledger.lacking()):
        return None
    if limits.time_s is not None and ledger.spent_s >= limits.time_s:
        return Reason(CampaignState.STOPPED, f"the time limit of {duration(limits.time_s * 1e9)} is reached")
    if limits.tokens is not None and ledger.tokens >= limits.tokens:
        return Reason(CampaignState.STOPPED, f"the limit of {limits.tokens:,} tokens is reached")
    if stop.failed_cells is not None and ledger.given_up >= stop.failed_cells:
        return Reason(CampaignState.STOPPED, f"{ledger.given_up} cells were given up")
    return None
