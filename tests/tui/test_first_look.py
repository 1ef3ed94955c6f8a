"""What the first frame shows of a daemon that already runs, before any of its events."""

from __future__ import annotations

import asyncio
import json

import pytest

from chimera_tui.daemon.projection import Projection as DaemonProjection
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.events import Attached, Event, FilesChanged, MetricsUpdated, ServerSeen, SettingsChanged
from chimera_tui.domain.inventory import FileEntry, totals_of
from chimera_tui.domain.metrics import AgentState, LiveMetrics
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunStarted
from chimera_tui.domain.series import SeriesWaits
from chimera_tui.domain.status import DaemonStatus
from chimera_tui.domain.wire import adapter
from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.first_look import FirstLook, first_look
from chimera_tui.tui.ports import Connection
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.widgets.agent_header import AgentHeader
from chimera_tui.tui.widgets.inventory_tree import InventoryTree
from chimera_tui.tui.widgets.settings_panel import SettingsPanel
from chimera_tui.tui.widgets.top_bar import TopBar
from tests.tui.scripted import HOST, MTIME, RUN, STARTED, settings

PID = 4711
ATTACHED = Attached("0.1.0", ("/data/reports",), ("reports",), PID, "box")
FILES = [FileEntry(f"reports/{name}", FileKind.CSV, 100, MTIME) for name in ("a.csv", "b.csv")]
RUNNING: tuple[Event, ...] = (
    ServerSeen(HOST, "0.9.1", (), simulated=False),
    *(SettingsChanged(agent, settings(), ("num_ctx",)) for agent in AgentId),
    RunStarted(RUN, tuple(AgentId), "together", (settings(), settings()), STARTED, 0),
    MetricsUpdated(RUN, AgentId.A, LiveMetrics(AgentState.WRITING)),
)


def status(*events: Event, pid: int = PID) -> dict[str, object]:
    """As a daemon that was told these events answers."""
    projection = DaemonProjection(ATTACHED, lambda: ())
    for event in events:
        projection.apply(event)
    outline = projection.outline(totals_of(FILES))
    told = DaemonStatus("0.1.0", pid, ("/data/reports",), "", 1.0, 0, RUN, "", "", False, outline)
    document = json.loads(adapter(DaemonStatus).dump_json(told))
    assert isinstance(document, dict)
    return document


def look_of(*events: Event, pid: int = PID) -> FirstLook:
    look = first_look(status(*events, pid=pid))
    assert look is not None
    return look


async def never() -> Connection:
    await asyncio.Event().wait()
    raise AssertionError


async def test_run_servers_settings_and_files_stand_there_before_any_event() -> None:
    app = ChimeraApp(never, known=look_of(*RUNNING))
    async with app.run_test(size=(160, 48)) as pilot:
        await pilot.pause()
        bar = app.main.query_one(TopBar).text
        assert f"reports   ● run {RUN} running" in bar
        assert "ollama 0.9.1" in bar
        assert "● writing" in app.main.query_one("#header-a", AgentHeader).text
        assert settings().model in app.main.query_one(SettingsPanel).text
        tree = app.main.query_one(InventoryTree)
        assert "2 files" in tree.render_line(0).text
        assert tree.render_line(tree.size.height - 1).text.strip() == ""


async def test_what_is_not_known_is_not_shown() -> None:
    app = ChimeraApp(never)
    async with app.run_test(size=(160, 48)) as pilot:
        await pilot.pause()
        assert app.main.query_one(InventoryTree).render_line(0).text.strip() == ""


def test_events_go_over_the_first_look_and_its_end_is_theirs() -> None:
    view = Projection()
    look_of(*RUNNING).show(view)
    view.apply(ATTACHED)
    assert view.running  # the same daemon: nothing is taken back before it is told anew
    view.apply(FilesChanged())
    assert view.run_id == RUN


def test_another_daemon_knows_nothing_of_the_first_look() -> None:
    view = Projection()
    look_of(*RUNNING, pid=PID + 1).show(view)
    view.apply(ATTACHED)
    assert not view.running
    assert view.servers == {}


def test_a_series_that_waits_is_not_shown_as_a_run_that_failed() -> None:
    waits = SeriesWaits("s1", ErrorInfo("server_unreachable", "it is gone", HOST, ""), 1, 5, 2.0, 0)
    assert status(*RUNNING, waits)["outline"]["run"] is None  # type: ignore[index]


@pytest.mark.parametrize(
    "told", [{}, {"pid": 1, "outline": None}, {"pid": 1, "outline": {"labels": ["a"]}}, {"outline": []}]
)
def test_an_answer_without_a_proper_outline_is_left_alone(told: dict[str, object]) -> None:
    assert first_look(told) is None
