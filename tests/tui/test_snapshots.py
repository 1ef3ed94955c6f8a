"""One picture per state that a person can see, looked at before it is accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from textual._compositor import LayoutUpdate
from textual.pilot import Pilot
from textual.strip import Strip

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.events import Event, FactsRead, ServerLost, SettingsChanged
from chimera_tui.domain.inventory import FileContent
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import TelemetrySampled
from chimera_tui.domain.telemetry import GpuSample, HostSample, TelemetrySample
from chimera_tui.settings import ViewerSettings
from chimera_tui.tui.app import ChimeraApp
from tests.support import eventually
from tests.tui.scripted import (
    HOST,
    REPORT_A,
    REPORT_B,
    ScriptedConnection,
    finished,
    past,
    request,
    settings,
    started,
    state,
    writes,
)
from tests.tui.scripted_checks import CYRILLIC, JUDGED_A, JUDGED_B, checks
from tests.tui.scripted_history import comparison, some_runs, statistics

A, B = AgentId
WIDE, LARGE, MIDDLE, SMALL = (140, 40), (200, 50), (120, 40), (80, 24)
CUT = ErrorInfo("stream_cut", "the stream ended without its done line", HOST, "Run again; the server may be down.")

IDLE: list[Event] = []
LOADING = [
    *started(),
    *state(A, AgentState.INGEST, step="ingest"),
    *state(A, AgentState.LOADING, step="analysis", why="the server is loading the model",
           waiting_ns=2_400_000_000, requests=(request("analysis", silent=True),), elapsed_ns=2_460_000_000,
           context_used=1_210, context_size=4_096),
    *state(B, AgentState.QUEUED, step="analysis", why="agent A is busy on this model",
           waiting_ns=2_300_000_000, requests=(request("analysis", silent=True),), elapsed_ns=2_460_000_000),
]  # fmt: skip
CONTENDED = [
    *started(),
    *state(A, AgentState.LOADING, step="analysis", why="reload: num_gpu differs from the loaded model",
           waiting_ns=2_400_000_000, requests=(request("analysis", silent=True),), elapsed_ns=2_460_000_000),
    *state(B, AgentState.QUEUED, step="report", why="behind agent A, then a reload: num_gpu differs",
           waiting_ns=2_300_000_000, requests=(request("analysis"), request("report", silent=True)),
           elapsed_ns=22_460_000_000, tokens=612),
]  # fmt: skip
STREAMING = [
    *started(),
    *writes(A, "analysis", REPORT_A),
    *state(A, AgentState.WRITING, step="analysis", rate_now=41.23, tokens=600, tokens_exact=False,
           requests=(request("analysis", open_=True),), elapsed_ns=9_100_000_000,
           context_used=1_810, context_size=4_096),
    *writes(B, "analysis", REPORT_B),
    *state(B, AgentState.WRITING, step="analysis", rate_now=38.9, tokens=412, tokens_exact=False,
           requests=(request("analysis", open_=True, ttft_ms=1_902),), elapsed_ns=9_100_000_000,
           context_used=1_600, context_size=4_096, facts_cut="fact sheet cut to fit num_ctx 4096"),
]  # fmt: skip
CHECKED = [
    *STREAMING,
    *checks(A, "analysis", REPORT_A, JUDGED_A),
    *checks(B, "analysis", REPORT_B, JUDGED_B, (CYRILLIC,)),
]
DONE = [
    *started(),
    *writes(A, "analysis", REPORT_A),
    *writes(A, "report", REPORT_A),
    *writes(B, "report", REPORT_B),
    *finished(),
]
FAILED = [
    *started(),
    *writes(A, "analysis", REPORT_A[:120]),
    *writes(B, "analysis", REPORT_B[:90]),
    *finished(state=AgentState.FAILED, error=CUT),
]
FIGHT = [SettingsChanged(A, settings(num_gpu=20, num_ctx=4096), ("num_gpu",))]
NO_SERVER: list[Event] = [
    ServerLost(HOST, ErrorInfo("server_unreachable", "nothing answers", HOST, "Is Ollama running there?"))
]
BROKEN: list[Event] = [FactsRead(7, 7, 400, (("reports/README.md", "half-written JSON: line 4, column 17"),))]
MARKED = (*["down"] * 7, "space", "home", "down", "c")
"""Keys of the history that compare the run that is older than the series with the series."""

STATES: dict[str, tuple[Sequence[Event], tuple[int, int], tuple[str, ...], bool]] = {
    "idle": (IDLE, WIDE, (), False),
    "loading": (LOADING, WIDE, (), False),
    "contended": (CONTENDED, MIDDLE, (), False),
    "contended small": (CONTENDED, SMALL, ("tab", "tab", "tab"), False),
    "streaming": (STREAMING, WIDE, (), False),
    "streaming large": (STREAMING, LARGE, (), False),
    "finished": (DONE, WIDE, (), False),
    "failed": (FAILED, WIDE, (), False),
    "light": (STREAMING, WIDE, (), True),
    "settings": (FIGHT, WIDE, ("s",), False),
    "typing a value": (IDLE, WIDE, ("s", "right", "2", "0"), False),
    "server down": (NO_SERVER, WIDE, (), False),
    "a broken file": (BROKEN, WIDE, (), False),
    "small files": (STREAMING, SMALL, (), False),
    "small pane": (STREAMING, SMALL, ("tab",), False),
    "small metrics": (DONE, SMALL, ("tab", "tab", "tab"), False),
    "small settings": (IDLE, SMALL, ("s",), False),
    "too small": (IDLE, (60, 20), (), False),
    "leaving": (STREAMING, WIDE, ("q",), False),
    "help": (IDLE, WIDE, ("question_mark",), False),
    "models": (IDLE, WIDE, ("m",), False),
    "filter": (IDLE, WIDE, ("slash", *"bench"), False),
    "a search": (DONE, WIDE, ("tab", "home", "slash", *"json", "enter", "n"), False),
    "small search": (STREAMING, SMALL, ("tab", "slash", *"re"), True),
    "checked numbers": (CHECKED, WIDE, ("tab", "n", "n"), False),
    "small checked numbers": (CHECKED, SMALL, ("tab", "tab", "N"), True),
    "history": (IDLE, WIDE, ("h", "down", "down"), False),
    "history light": (IDLE, WIDE, ("h", *["down"] * 6), True),
    "small history": (IDLE, SMALL, ("h", "down", "space", "space"), False),
    "run details": (IDLE, WIDE, ("h", *["down"] * 7, "enter"), False),
    "small details": (IDLE, SMALL, ("h", *["down"] * 7, "enter"), False),
    "a series": (IDLE, WIDE, ("h", "down", "e"), False),
    "small series": (IDLE, SMALL, ("h", "down", "e"), False),
    "a comparison": (IDLE, WIDE, ("h", *MARKED), False),
    "small comparison": (IDLE, SMALL, ("h", *MARKED), True),
    "preview": (IDLE, WIDE, ("end", "enter"), False),
}


def sampled() -> list[Event]:
    """Half a minute of the hardware."""
    return [
        TelemetrySampled("", TelemetrySample(
            second * 10**9,
            HostSample(12.0 + second, 937_000_000 + second * 10**6, 25_300_000_000, 1.5, 8_190.0, 0.0, 3.75),
            (GpuSample(0, "NVIDIA RTX 4080", "GPU-1", 60.0 + second, 6_000_000_000, 16_000_000_000, 212.5, 320.0,
                       61.0, 2_700.0),),
        ))
        for second in range(30)
    ]  # fmt: skip


def viewer(events: Sequence[Event], light: bool, *, quiet_link: bool = False) -> ChimeraApp:
    connection = ScriptedConnection(history=some_runs(), compared=comparison(), statistics=statistics())
    connection.content = FileContent("reports/README.md", FileKind.MD, REPORT_B, len(REPORT_B))
    connection.script.put_nowait([*past(), *events])

    async def connect() -> ScriptedConnection:
        return connection

    return ChimeraApp(connect, look=ViewerSettings(theme="light" if light else "dark", quiet_link=quiet_link))


async def written(app: ChimeraApp) -> None:
    """Every pane that can be seen has laid out its text."""
    panes = [app.main.pane(agent) for agent in AgentId]
    shown = [pane for pane in panes if pane.source and pane.size.width]
    await eventually(lambda: all(pane.line_count for pane in shown), "the text's lines")


async def unchanged(pilot: Pilot[None]) -> None:
    """Nothing on the screen changes any more: widgets that paint at most ten times a second have painted."""
    same, last = 0, rows(pilot)
    while same < 4:
        await pilot.pause(0.12)
        now = rows(pilot)
        same, last = (same + 1 if now == last else 0), now


def rows(pilot: Pilot[None]) -> list[list[Strip]]:
    """What a picture would show, at a tenth of its cost."""
    app = pilot.app
    drawn = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    assert isinstance(drawn, LayoutUpdate)
    return [list(parts) for parts in drawn.strips]


def prepared(keys: Sequence[str]) -> Callable[[Pilot[None]], object]:
    async def prepare(pilot: Pilot[None]) -> None:
        app = pilot.app
        assert isinstance(app, ChimeraApp)
        await eventually(lambda: app.main.projection.caught_up, "the past")
        await written(app)
        await pilot.press(*keys)
        await written(app)
        await unchanged(pilot)

    return prepare


@pytest.mark.parametrize("name", STATES)
def test_the_screen_looks_as_it_was_accepted(name: str, snap_compare) -> None:  # type: ignore[no-untyped-def]
    events, size, keys, light = STATES[name]
    assert snap_compare(viewer(events, light), terminal_size=size, run_before=prepared(keys))


@pytest.mark.parametrize(("size", "keys"), [(WIDE, ()), (SMALL, ("tab", "tab", "tab"))], ids=["wide", "small"])
def test_over_a_quiet_link_figures_stand_in_place_of_plots(  # type: ignore[no-untyped-def]
    snap_compare, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    app = viewer([*DONE, *sampled()], light=False, quiet_link=True)
    assert snap_compare(app, terminal_size=size, run_before=prepared(keys))


@pytest.mark.parametrize("events", [FAILED, CHECKED], ids=["failed", "checked"])
def test_without_colour_signs_and_words_say_it_all(  # type: ignore[no-untyped-def]
    snap_compare, monkeypatch: pytest.MonkeyPatch, events: Sequence[Event]
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert snap_compare(viewer(events, light=False), terminal_size=WIDE, run_before=prepared(()))
