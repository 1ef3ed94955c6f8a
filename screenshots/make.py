"""Runs the demo and takes its pictures: `make screenshots` writes the SVGs beside this file."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from textual.pilot import Pilot

from chimera_tui.client.api import DaemonClient
from chimera_tui.client.start import begin
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.tui.app import ChimeraApp

HERE = Path(__file__).resolve().parent
WIDE, SMALL = (160, 45), (80, 24)
TIMEOUT_S = 240.0
CAMPAIGN = """
name = "offload"
[agents]
num_predict = 32
seed = 7
[repeats]
count = 3
[matrix]
scenario = "b-alone"
num_gpu = [20, 27, 31, 60, 120]
num_ctx = [2048, 4096, 8192]
"""


class Studio:
    """One viewer on the demo's daemon, and a camera."""

    def __init__(self, app: ChimeraApp, pilot: Pilot[None]) -> None:
        self.app = app
        self.pilot = pilot

    async def until(self, condition: Callable[[], object], what: str) -> None:
        waited = 0.0
        while not condition():
            if waited > TIMEOUT_S:
                raise SystemExit(f"screenshots: waited in vain for {what}")
            await asyncio.sleep(0.05)
            waited += 0.05
        await self.pilot.pause(0.3)

    def state(self, agent: AgentId) -> AgentState:
        return self.app.main.projection.agents[agent].metrics.state

    async def take(self, name: str) -> None:
        await self.pilot.pause(0.2)
        path = HERE / f"{name}.svg"
        path.write_text(_spaced(self.app.export_screenshot(title="chimera reports/", simplify=True)))
        print(path.name, file=sys.stderr)  # noqa: T201 - a script's word to the person who runs it


def _spaced(svg: str) -> str:
    """Some renderers drop no-break spaces at the ends of a text; plain spaces that are preserved stay in all:
    older ones go by the attribute, browsers by the rule."""
    preserved = svg.replace("&#160;", " ").replace("<svg ", '<svg xml:space="preserve" ', 1)
    return preserved.replace("<style>", "<style>\n    text { white-space: pre }", 1)


async def take_all(reports: Path) -> None:
    pending = begin([str(reports)], demo=True)
    socket = await asyncio.to_thread(pending.wait)

    async def connect() -> DaemonClient:
        return DaemonClient(socket)

    await _wide(ChimeraApp(connect))
    await _small(ChimeraApp(connect))
    async with DaemonClient(socket) as client:
        await client.begin_campaign(CAMPAIGN, "offload.toml")
        await _campaign(ChimeraApp(connect))
        pid = (await client.status()).pid
        await client.shutdown("now")
    await asyncio.to_thread(_until_gone, pid)


def _until_gone(pid: int) -> None:
    """What the daemon still saves, after its socket is gone, would be in the way of who clears up."""
    while psutil.pid_exists(pid):
        time.sleep(0.1)


async def _wide(app: ChimeraApp) -> None:
    a, b = AgentId
    async with app.run_test(size=WIDE) as pilot:
        studio = Studio(app, pilot)
        view = lambda: app.main.projection  # noqa: E731 - read anew each time
        await studio.until(lambda: view().caught_up and view().facts and view().servers, "the past")
        await studio.take("idle")
        await pilot.press("r")
        await studio.until(lambda: studio.state(a) is AgentState.LOADING, "the load")
        await studio.take("loading")
        await studio.until(
            lambda: all(len(app.main.pane(agent).source) > 1_500 for agent in (a, b)), "text in both panes"
        )
        await studio.take("run")
        await studio.until(lambda: view().saved_in, "the end")
        await studio.take("finished")
        await pilot.press("tab", "n")
        await studio.take("finding")
        await pilot.press("escape", "shift+tab")
        await pilot.press("s", "g", "g")
        await studio.until(lambda: view().agents[b].reloads, "the marks")
        await studio.take("settings")
        app.action_toggle_theme()
        await studio.take("light")
        app.action_toggle_theme()
        await pilot.press("question_mark")
        await studio.take("help")


async def _small(app: ChimeraApp) -> None:
    async with app.run_test(size=SMALL) as pilot:
        studio = Studio(app, pilot)
        await studio.until(lambda: app.main.projection.saved_in, "the finished run")
        await pilot.press("tab")
        await studio.take("small")


async def _campaign(app: ChimeraApp) -> None:
    async with app.run_test(size=WIDE) as pilot:
        studio = Studio(app, pilot)

        def is_half_done() -> bool:
            told = app.main.projection.campaign
            return told is not None and 2 * told.done > told.wanted

        await studio.until(is_half_done, "half of the campaign")
        await pilot.press("C", "b")
        await pilot.pause(2.0)
        await studio.take("campaign")


def main() -> None:
    source = HERE.parent / "samples"
    with tempfile.TemporaryDirectory(prefix="chimera-screenshots-") as folder:
        os.environ["CHIMERA_RUNTIME_DIR"] = str(Path(folder) / "run")
        os.environ["CHIMERA_STATE_DIR"] = str(Path(folder) / "state")
        reports = Path(shutil.copytree(source, Path(folder) / "reports"))
        asyncio.run(take_all(reports))


if __name__ == "__main__":
    main()
