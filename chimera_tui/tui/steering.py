"""Which steering of a campaign makes sense now, and what it is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera_tui.domain.campaign_outline import CampaignOutline, CampaignState
from chimera_tui.tui.campaign_picture import CampaignPicture

if TYPE_CHECKING:
    from chimera_tui.client.campaigns import Steering

_GOES_ON = (CampaignState.RUNNING, CampaignState.WAITING)
_MOVES = ("begun", "replanned", "paused", "resumed", "stopped", "done")


def can_steer(kind: str, outline: CampaignOutline | None, picture: CampaignPicture | None, place: int) -> bool:
    """Whether a key would do anything for the cell at that place, or for the whole campaign."""
    if outline is None or picture is None:
        return False
    progress = picture.progress(picture.cells[place].cell_id)
    state = progress.state if progress is not None else "waiting"
    match kind:
        case "pause":
            return outline.state in _GOES_ON and not _pauses(picture)
        case "resume" if outline.state in _GOES_ON:
            return _pauses(picture)
        case "resume":
            return outline.state is not CampaignState.DONE or _lacks(picture)
        case "skip":
            return state not in ("skipped", "done")
        case "want":
            return state == "skipped"
        case "first":
            return state not in ("skipped", "done", "given up")
    return True


def _pauses(picture: CampaignPicture) -> bool:
    """Whether it was told to pause and still has a run that goes on."""
    moves = [each.kind for each in picture.view.decisions if each.kind in _MOVES]
    return moves[-1:] == ["paused"]


def _lacks(picture: CampaignPicture) -> bool:
    """Whether cells got fewer runs than they should, although the campaign is done."""
    return any(progress.state in ("given up", "left out") for progress in picture.view.progress)


def steered(kind: Steering, amount: int, label: str) -> tuple[str, str]:
    """(what is asked for, what has been done), in words; nothing has been where only the daemon can tell."""
    match kind:
        case "pause":
            return "pausing", ""
        case "resume":
            return "resuming", ""
        case "skip":
            return f"skipping {label}", f"skipped: {label}"
        case "want":
            return f"taking back the skip of {label}", f"no longer skipped: {label}"
        case "first":
            return f"putting {label} first", f"runs first: {label}"
        case "repeats":
            told = (
                f"{abs(amount)} run{'s' if abs(amount) > 1 else ''} {'more' if amount > 0 else 'fewer'} of {label}"
            )
            return told, told


def standing(outline: CampaignOutline) -> str:
    """How the campaign stands, as the daemon says it: `running: it pauses after the run that goes on`."""
    return ": ".join(filter(None, (outline.state.value, outline.why)))
