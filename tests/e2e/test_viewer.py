"""The real program in a real terminal: keys in, screen out, daemon and simulator behind it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimera_tui.client.start import request_shutdown
from tests.support import wait_until
from tests.terminal import Terminal

pytestmark = pytest.mark.slow

CHIMERA = (sys.executable, "-m", "chimera_tui")
DEMO = (*CHIMERA, "--demo", "--num-predict", "250")
"""Answers long enough to be seen while they are written, short enough for a test."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with folders of its own; its daemon is stopped afterwards."""
    environment = {
        "CHIMERA_RUNTIME_DIR": str(tmp_path / "run"),
        "CHIMERA_STATE_DIR": str(tmp_path / "state"),
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    yield environment
    sockets = [path for path in (tmp_path / "run").glob("*.sock") if request_shutdown(path, "now")]
    wait_until(lambda: not any(path.exists() for path in sockets), "the daemons to end")


@pytest.fixture
def reports(tmp_path: Path, repository: Path) -> Path:
    return Path(shutil.copytree(repository / "samples", tmp_path / "reports"))


def saved_runs(reports: Path) -> list[Path]:
    return sorted((reports / "chimera_runs").glob("*/metrics.json"))


def test_the_demo_shows_files_runs_both_agents_and_saves_their_reports(
    home: dict[str, str], reports: Path
) -> None:
    with Terminal([*DEMO, str(reports)], size=(200, 50), environment=home) as terminal:
        terminal.wait_for(r"\d+ files · \d+ csv · \d+ json · \d+ md")
        terminal.wait_for("SIMULATED")
        terminal.wait_for("r run")
        terminal.send("r")
        terminal.wait_for("writing analysis")
        terminal.wait_for(r"≈\d+(\.\d+)? tok/s")
        screen = terminal.wait_for("reports saved in", timeout_s=90)
        assert screen.count("✓ done") >= 2
        assert "chimera_runs" in screen
        terminal.send("q")
        assert terminal.wait_for_exit() == 0
    (metrics,) = saved_runs(reports)
    document = json.loads(metrics.read_text())
    assert document["state"] == "done" and document["simulated"] is True
    names = {path.name for path in metrics.parent.iterdir()}
    assert names == {"agent_a_report.md", "agent_b_report.md", "combined_report.md", "metrics.json"}


def test_num_gpu_from_80_to_20_and_again(home: dict[str, str], reports: Path) -> None:
    command = [*CHIMERA, "--demo", "--num-gpu", "80", "--num-ctx", "4096", "--num-predict", "60", str(reports)]
    with Terminal(command, size=(160, 45), environment=home) as terminal:
        terminal.wait_for("r run")
        terminal.send("r")
        terminal.wait_for("reports saved in", timeout_s=60)
        terminal.wait_for("80 → all 35 → 100 % VRAM")
        terminal.send("g")
        terminal.wait_for("40 ⟳ reloads")
        terminal.send("g")
        terminal.wait_for("20 ⟳ reloads")
        terminal.send(".")
        terminal.wait_for(r"20 → 20/35 → \d+(\.\d+)? % VRAM", timeout_s=60)
        terminal.wait_for("reports saved in", timeout_s=60)
        terminal.send("q")
        assert terminal.wait_for_exit() == 0
    wait_until(lambda: len(saved_runs(reports)) == 2, "both runs' reports")


def test_a_killed_viewer_stops_nothing_and_the_next_one_sees_it_all(home: dict[str, str], reports: Path) -> None:
    command = [*DEMO, str(reports)]
    with Terminal(command, size=(160, 45), environment=home) as terminal:
        terminal.wait_for("r run")
        terminal.send("r")
        terminal.wait_for("writing analysis")
        terminal.kill()
    with Terminal(command, size=(160, 45), environment=home) as terminal:
        terminal.wait_for(r"run \w{6} (running|done)")
        terminal.wait_for("reports saved in", timeout_s=90)
        terminal.send("q")
        assert terminal.wait_for_exit() == 0
    (metrics,) = saved_runs(reports)
    document = json.loads(metrics.read_text())
    assert document["state"] == "done"
    assert [len(agent["requests"]) for agent in document["agents"]] == [2, 2]


def test_detaching_says_that_the_run_goes_on(home: dict[str, str], reports: Path) -> None:
    with Terminal([*DEMO, str(reports)], size=(120, 40), environment=home) as terminal:
        terminal.wait_for("r run")
        terminal.send("r")
        terminal.wait_for("x cancel")
        terminal.send("d")
        assert terminal.wait_for_exit() == 0
        assert b"goes on" in bytes(terminal.raw)
    wait_until(lambda: saved_runs(reports), "the run's reports", timeout_s=90)


def test_a_file_that_is_written_appears_on_screen(home: dict[str, str], reports: Path) -> None:
    with Terminal([*DEMO, str(reports)], size=(120, 40), environment=home) as terminal:
        terminal.wait_for("watching")
        (reports / "zz_new_sweep.csv").write_text("tokens_s,ttft_s\n41.2,0.11\n")
        terminal.wait_for("zz_new_sweep.csv")
        (reports / "zz_new_sweep.csv").unlink()
        wait_until(lambda: terminal.pump(0.05) and "zz_new_sweep" not in terminal.screen, "the row to go")


def test_at_80_by_24_panes_are_tabs_and_every_line_fits(home: dict[str, str], reports: Path) -> None:
    with Terminal([*DEMO, str(reports)], size=(80, 24), environment=home) as terminal:
        terminal.wait_for("A collector")
        terminal.wait_for("r run")
        terminal.send("\x10")
        terminal.wait_for("Search for commands")
        terminal.send("Run\x1b[B\r")  # the palette starts it
        terminal.wait_for("writing")
        terminal.send("s")
        terminal.wait_for("num_ctx")
        terminal.send("x")
        terminal.wait_for(r"run \w+ cancelled")
        terminal.send("q")
        assert terminal.wait_for_exit() == 0


def test_a_dumb_terminal_is_sent_to_chimera_run(home: dict[str, str], reports: Path) -> None:
    with Terminal([*CHIMERA, str(reports)], size=(80, 24), environment={**home, "TERM": "dumb"}) as terminal:
        assert terminal.wait_for_exit() == 2
        assert b"chimera run" in bytes(terminal.raw)
