from __future__ import annotations

from chimera_tui.domain.campaign_outline import CampaignChanged, CampaignState
from chimera_tui.domain.events import ServerSeen, SettingsChanged
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.widgets.top_bar import bar_line
from tests.tui.scripted import started
from tests.tui.scripted_campaign import campaign

HOST = "http://127.0.0.1:11434"


def shown(version: str) -> str:
    view = Projection()
    view.apply(SettingsChanged(AgentId.A, AgentSettings("mid", HOST)))
    view.apply(ServerSeen(HOST, version, (), simulated=False))
    return "".join(text for text, _ in bar_line(view, 120))


def test_the_servers_version_is_told() -> None:
    assert shown("0.33.3").endswith("ollama 0.33.3 ")


def test_a_version_that_the_server_does_not_tell_is_told_as_that() -> None:
    assert "127.0.0.1:11434 · ollama version not reported" in shown("")


def of_campaign(width: int, state: CampaignState = CampaignState.RUNNING, **more: object) -> str:
    view = Projection()
    view.apply(ServerSeen(HOST, "0.33.3", (), simulated=False))
    for event in [*started(), CampaignChanged(campaign(state, **more).outline)]:
        view.apply(event)
    return "".join(text for text, _ in bar_line(view, width)).strip()


def test_a_campaign_that_goes_on_is_told_with_the_time_that_is_left() -> None:
    assert of_campaign(120).endswith("running · campaign 81/160 ▼ 1 · ≈ 2 h 03 m left")
    assert "◌ campaign 81/160 waits" in of_campaign(120, CampaignState.WAITING)
    assert of_campaign(120, CampaignState.PAUSED, alerts=0).endswith("‖ campaign 81/160 paused")
    assert "campaign" not in of_campaign(120, CampaignState.DONE)


def test_how_far_a_campaign_is_stays_longer_than_the_time_that_is_left() -> None:
    assert of_campaign(76, alerts=0).endswith("campaign 81/160")


def test_another_campaign_that_rests_does_not_take_the_place_of_the_one_that_goes_on() -> None:
    view = Projection()
    for event in [
        CampaignChanged(campaign().outline),
        CampaignChanged(campaign(CampaignState.DONE, campaign_id="b3c9xm").outline),
    ]:
        view.apply(event)
    assert view.campaign == campaign().outline
    view.apply(CampaignChanged(campaign(CampaignState.DONE).outline))
    assert view.campaign is not None and view.campaign.state is CampaignState.DONE
