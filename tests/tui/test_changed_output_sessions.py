from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest
from rich.console import RenderableType
from textual import events
from textual._compositor import CompositorUpdate
from textual.geometry import Size
from textual.screen import Screen

from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.tui.app import ChimeraApp
from chimera_tui.tui.changed_output.updates import ChangedOutput
from chimera_tui.tui.ports import Connect
from tests.support import eventually, wait_until
from tests.terminal import Terminal
from tests.tui.scripted import REPORT_A, REPORT_B, ScriptedConnection, finished, past, started, state, writes

A, B = AgentId
CHIMERA = (sys.executable, "-m", "chimera_tui")
WIDE_TEXT = "| 漢字 | e\u0301 |\n|---|---|\n| 👩\u200d💻 | שלום |\n\n- [link](https://example.org) ✔\ufe0f\n\n"


class Compared(ChimeraApp):
    """Feeds each update of a session into two emulators: as Textual writes it, and as what it changes."""

    def __init__(self, connect: Connect) -> None:
        super().__init__(connect)
        self.output = ChangedOutput(erases=True)
        self.updates = self.theirs = self.ours = 0
        self._emulators: list[tuple[pyte.Screen, pyte.Stream]] = []
        self._emulated = Size(0, 0)

    def on_resize(self, event: events.Resize) -> None:
        self.output.forget()

    def _emulate(self) -> list[tuple[pyte.Screen, pyte.Stream]]:
        if self.size != self._emulated:
            self._emulated = self.size
            screens = [pyte.Screen(*self.size) for _ in range(2)]
            self._emulators = [(screen, pyte.Stream(screen)) for screen in screens]
            for _, stream in self._emulators:
                stream.feed("\x1b[?7l")
        return self._emulators

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if isinstance(renderable, CompositorUpdate) and not self._batch_count:
            changed = self.output.of(renderable)
            assert isinstance(changed, CompositorUpdate)
            (theirs, their_stream), (ours, our_stream) = self._emulate()
            expected, drawn = renderable.render_segments(self.console), changed.render_segments(self.console)
            their_stream.feed(expected + "\x1b[1;1H")
            our_stream.feed(drawn + "\x1b[1;1H")
            self.updates += 1
            self.theirs += len(expected.encode())
            self.ours += len(drawn.encode())
            for y in range(self.size.height):
                row, wanted = ours.buffer[y], theirs.buffer[y]
                assert [row[x] for x in range(theirs.columns)] == [wanted[x] for x in range(theirs.columns)], y
        super()._display(screen, renderable)


@pytest.mark.parametrize("size", [(160, 48), (80, 24)])
async def test_a_session_shows_the_same_after_every_update(size: tuple[int, int]) -> None:
    connection = ScriptedConnection()

    async def connect() -> ScriptedConnection:
        return connection

    app = Compared(connect)
    async with app.run_test(size=size) as pilot:
        connection.script.put_nowait(past())
        await eventually(lambda: app.main.projection.caught_up, "the past")
        connection.script.put_nowait(started())
        for agent, text in ((A, REPORT_A), (B, WIDE_TEXT + REPORT_B)):
            connection.script.put_nowait(state(agent, AgentState.WRITING, step="analysis", tokens=1))
            sent, *rest = writes(agent, "analysis", text)
            connection.script.put_nowait([sent])
            for start in range(0, len(text), 40):
                connection.script.put_nowait(writes(agent, "analysis", text[start : start + 40])[1:])
                await pilot.pause(0.02)
            assert rest
        for keys in (["tab"], ["down", "down"], ["slash", *"bench", "escape"], ["question_mark"], ["escape"]):
            await pilot.press(*keys)
            await pilot.pause()
        await pilot.resize_terminal(100, 30)
        await pilot.press("tab", "down", "h", "down", "escape", "s", "tab")
        connection.script.put_nowait(finished())
        await eventually(lambda: not app.main.projection.running, "the end of the run")
        await pilot.resize_terminal(*size)
        await pilot.press("ctrl+l")
        await pilot.pause(0.2)
    assert app.updates > 30
    assert app.ours * 3 < app.theirs * 2


@pytest.fixture
def home(tmp_path: Path, repository: Path) -> Iterator[dict[str, str]]:
    """An environment of its own, with reports in its home; its daemon is stopped afterwards."""
    environment = {
        "CHIMERA_RUNTIME_DIR": str(tmp_path / "run"),
        "CHIMERA_STATE_DIR": str(tmp_path / "state"),
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    shutil.copytree(repository / "samples", tmp_path / "reports")
    yield environment
    subprocess.run(
        [*CHIMERA, "daemon", "stop", "--demo", str(tmp_path / "reports")],
        env={**os.environ, **environment},
        timeout=60,
        check=False,
    )


def settle(terminal: Terminal) -> None:
    """Until nothing more comes."""
    count = -1
    while count != len(terminal.raw):
        count = len(terminal.raw)
        terminal.pump(0.4)


def test_back_from_ctrl_z_every_cell_is_sent_again_also_in_another_size(home: dict[str, str]) -> None:
    def draws_all(expected: list[list[object]]) -> None:
        wait_until(lambda: terminal.pump(0.05) and terminal.cells() == expected, "the same screen as before")

    def suspend() -> None:
        terminal.send("\x1a")
        wait_until(lambda: terminal.pump(0.05) and terminal.is_stopped, "the viewer to be stopped")

    command = [*CHIMERA, "--demo", f"{home['HOME']}/reports"]  # so small that no figures of the machine are shown
    with Terminal(command, size=(100, 30), environment=home) as terminal:
        for wanted in ("SIMULATED", "watching", "r run"):
            terminal.wait_for(wanted)
        settle(terminal)
        before = terminal.cells()
        suspend()
        terminal.forget()
        terminal.signal(signal.SIGCONT)
        draws_all(before)
        terminal.signal(signal.SIGSTOP)  # as a shell can not see coming: nothing was put back
        terminal.forget()
        terminal.signal(signal.SIGCONT)
        draws_all(before)
        suspend()
        terminal.resize((92, 27))
        terminal.forget()
        terminal.signal(signal.SIGCONT)
        terminal.wait_for("r run")
        terminal.send("\x1b[B")
        settle(terminal)
        changed = terminal.cells()
        assert len(changed) == 27 and changed != before
        terminal.forget()
        terminal.send("\x0c")
        draws_all(changed)
        terminal.send("q")
        assert terminal.wait_for_exit() == 0


def viewed(name: str, reports: Path, home: dict[str, str]) -> tuple[list[str], int]:
    """The screens of a session on a terminal of this name, numbers as zeros; the bytes it took."""
    screens = []

    def see(terminal: Terminal, wanted: str) -> None:
        wait_until(lambda: terminal.pump(0.05) and re.search(wanted, terminal.screen), wanted)
        count = -1
        while count != len(terminal.raw):
            count = len(terminal.raw)
            terminal.pump(0.5)
        screens.append(re.sub(r"\d+", "0", terminal.screen))

    command = [*CHIMERA, "--demo", str(reports)]  # so small that no figures of the machine are shown
    with Terminal(command, size=(100, 30), environment={**home, "TERM": name}) as terminal:
        for wanted in ("SIMULATED", "watching"):
            terminal.wait_for(wanted)
        see(terminal, "r run")
        terminal.send("?")
        see(terminal, "Anywhere")
        terminal.send("\x1b")
        see(terminal, r"\A(?![\s\S]*Anywhere)")
        terminal.send("\x1b[B")
        terminal.send("t")
        see(terminal, "r run")
        terminal.resize((92, 27))
        see(terminal, r"m model[^\n]*$")
        terminal.send("q")
        assert terminal.wait_for_exit() == 0
        return screens, len(terminal.raw)


def test_a_terminal_that_is_known_takes_fewer_bytes_than_one_that_is_not(home: dict[str, str]) -> None:
    reports = Path(home["HOME"]) / "reports"
    plain, plain_bytes = viewed("vt220", reports, home)
    changed, changed_bytes = viewed("xterm-256color", reports, home)
    assert changed == plain
    assert changed_bytes * 3 < plain_bytes * 2
