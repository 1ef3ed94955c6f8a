from __future__ import annotations

from chimera_tui.domain.events import ServerSeen, SettingsChanged
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.widgets.top_bar import bar_line

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
