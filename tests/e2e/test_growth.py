"""Rows that another process appends, on the screen of the real program."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimera_tui.client.start import request_shutdown
from tests.support import wait_until
from tests.terminal import Terminal

pytestmark = pytest.mark.slow

CHIMERA = (sys.executable, "-m", "chimera_tui")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment with folders of its own; its daemon is stopped afterwards."""
    yield {
        "CHIMERA_RUNTIME_DIR": str(tmp_path / "run"),
        "CHIMERA_STATE_DIR": str(tmp_path / "state"),
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "OLLAMA_HOST": "http://127.0.0.1:9",
        "NO_COLOR": "1",
    }
    sockets = [path for path in (tmp_path / "run").glob("*.sock") if request_shutdown(path, "now")]
    wait_until(lambda: not any(path.exists() for path in sockets), "the daemons to end")


def test_rows_appear_as_another_process_writes_them_and_nothing_moves_when_it_does_not(
    home: dict[str, str], tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    reports.mkdir()
    path = reports / "sweep.csv"
    path.write_text("model,tokens_per_s,ttft_ms\ngemma3,41.5,210\n")
    append = ["sh", "-c", 'exec cat >> "$0"', str(path)]
    with (
        Terminal([*CHIMERA, str(reports)], size=(80, 24), environment=home) as terminal,
        subprocess.Popen(append, stdin=subprocess.PIPE, bufsize=0) as writer,
    ):
        assert writer.stdin is not None
        terminal.wait_for("watching")
        terminal.send("\x1b[B\r")
        terminal.wait_for("p plots the numbers")
        terminal.send("p")
        terminal.wait_for(r"tokens_per_s · tok/s · column 1 of 2")
        terminal.wait_for(r" 1 row ·")
        writer.stdin.write(b"gemma3,42.5,2")
        terminal.wait_for("held back")
        writer.stdin.write(b"20\ngemma3,43.5,230\n")
        terminal.wait_for(r" 3 rows · .*grows")
        terminal.wait_for(r"last 43\.5 · median 42\.5 · min 41\.5 · max 43\.5 tok/s")
        terminal.send("\x1b[C")
        terminal.wait_for(r"ttft_ms · ms · beside it")
        terminal.wait_for(r"last 230")

        def is_quiet() -> bool:
            sent = len(terminal.raw)
            terminal.pump(0.5)
            return len(terminal.raw) == sent

        wait_until(is_quiet, "the drawing to end")
        assert is_quiet()
        path.unlink()
        terminal.wait_for("! deleted")
        path.write_text("model,tokens_per_s\ngemma3,99.5\n")
        terminal.wait_for(r"started over: another file took its place")
        terminal.wait_for(r"last 99\.5")
        terminal.send("\x1b")
        terminal.wait_for("p plots the numbers")
        terminal.send("q")
        terminal.wait_for("watching")
        terminal.send("q")
        assert terminal.wait_for_exit() == 0
