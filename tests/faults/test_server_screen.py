"""What a person sees of a server that is away, dies and comes back; the keys go on working."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.daemons import House, house, write_reports
from tests.faults.comings import Comings
from tests.faults.table import LONG, cell
from tests.terminal import Terminal


@pytest.fixture
def server() -> Iterator[Comings]:
    made = Comings()
    yield made
    made.end()


@pytest.fixture
def home(server: Comings, tmp_path: Path) -> Iterator[House]:
    root = write_reports(tmp_path / "reports")
    with house(root, OLLAMA_HOST=server.handle.url, CHIMERA_NUM_PREDICT="150") as made:
        yield made


@pytest.mark.skipif(not LONG, reason="takes ten seconds: `make faults`")
@cell("server refuses", "when the screen opens", "the screen says which server and what to do; F5 finds it again")
@cell(
    "server dies",
    "while the screen shows both agents writing",
    "both panes keep their text and say why it ends there",
)
@cell("server restarts", "while the screen is open", "the next run is done with nothing else pressed than its key")
def test_a_server_that_comes_and_goes_is_seen_to_do_so(server: Comings, home: House) -> None:
    server.die()
    command = [sys.executable, "-m", "chimera_tui", str(home.root)]
    with Terminal(command, size=(160, 45), environment=home.environment) as terminal:
        terminal.wait_for(f"no answer from http://127.0.0.1:{server.handle.port}")
        server.rise()
        terminal.send("\x1b[15~")  # F5
        terminal.wait_for("SIMULATED")
        terminal.send("r")
        terminal.wait_for(r"≈\d+(\.\d+)? tok/s")
        server.die()
        screen = terminal.wait_for(r"(?s)failed.*failed")
        assert "cut" in screen or "no answer from" in screen
        server.rise()
        terminal.send(".")
        terminal.wait_for(r"run \w{6} done", timeout_s=60)
        terminal.send("q")
        assert terminal.wait_for_exit() == 0
    saved = sorted((home.root / "chimera_runs").glob("*/metrics.json"))
    assert [json.loads(path.read_text())["state"] for path in saved] == ["failed", "done"]
    written = (saved[0].parent / "agent_a_report.md").read_text()
    assert "**State:** failed" in written
