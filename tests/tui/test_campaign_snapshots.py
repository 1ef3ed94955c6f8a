"""Pictures of campaigns, looked at before they are accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from textual.pilot import Pilot

from chimera_tui.domain.campaign_outline import CampaignChanged, CampaignState
from chimera_tui.domain.campaign_view import CampaignView
from chimera_tui.settings import ViewerSettings
from chimera_tui.tui.app import ChimeraApp
from tests.tui.scripted import ScriptedConnection, past
from tests.tui.scripted_campaign import campaign, large
from tests.tui.scripted_history import run
from tests.tui.test_snapshots import LARGE, SMALL, STREAMING, WIDE, prepared, unchanged

MIDDLE = (120, 36)
DOWN = "nothing answers at gpubox:11434"
WAITING = campaign(CampaignState.WAITING, why=DOWN)
OTHER = campaign(CampaignState.DONE, campaign_id="b3c9xm", name="num_gpu alone", done=120, wanted=120, failed=0)
STOPPED = campaign(
    CampaignState.STOPPED, campaign_id="t6h2ra", name="first try", why="the time limit of 8 h is reached"
)

STATES: dict[str, tuple[list[CampaignView], tuple[int, int], tuple[str, ...], bool]] = {
    "small": ([campaign()], SMALL, ("C", "home"), False),
    "small map": ([campaign()], SMALL, ("C", "home", "tab"), False),
    "middle": ([campaign()], MIDDLE, ("C", "home"), False),
    "large": ([campaign()], LARGE, ("C", "home", "down", "down"), False),
    "light": ([campaign()], WIDE, ("C", "b"), True),
    "a failure": ([WAITING], MIDDLE, ("C", "home", *["down"] * 16, "tab", "m"), False),
    "ten thousand cells": ([large()], MIDDLE, ("C", "end"), False),
    "several": ([WAITING, OTHER, STOPPED], MIDDLE, ("C", "down"), False),
    "runs of a cell": ([campaign()], MIDDLE, ("C", "home", "enter"), False),
    "in the first line": ([campaign()], WIDE, (), False),
}


def viewer(views: list[CampaignView], light: bool) -> ChimeraApp:
    runs = [run(f"r01{number:03d}", 10 * (5 - number)) for number in range(5)]
    connection = ScriptedConnection(history=runs, campaign_views=views)
    connection.script.put_nowait([*past(), *STREAMING, CampaignChanged(views[0].outline)])

    async def connect() -> ScriptedConnection:
        return connection

    return ChimeraApp(connect, look=ViewerSettings(theme="light" if light else "dark"))


def opened(keys: Sequence[str]) -> Callable[[Pilot[None]], object]:
    """As `prepared`, but keys behind the first wait until what it opens has been read."""

    async def prepare(pilot: Pilot[None]) -> None:
        await prepared(keys[:1])(pilot)  # type: ignore[misc]
        await pilot.press(*keys[1:])
        await unchanged(pilot)

    return prepare


@pytest.mark.parametrize("name", STATES)
def test_a_campaign_looks_as_it_was_accepted(name: str, snap_compare) -> None:  # type: ignore[no-untyped-def]
    views, size, keys, light = STATES[name]
    assert snap_compare(viewer(views, light), terminal_size=size, run_before=opened(keys))


def test_without_colour_signs_and_brackets_say_it_all(  # type: ignore[no-untyped-def]
    snap_compare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = viewer([campaign()], light=False)
    assert snap_compare(app, terminal_size=MIDDLE, run_before=opened(("C", "home", "tab")))
