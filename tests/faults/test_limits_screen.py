"""What a person sees on the real screen when a bound is reached."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.daemons import House, house, write_reports
from tests.faults.table import LONG, cell
from tests.simulators import running_simulator
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(not LONG, reason="in make faults: screens take seconds to start")
CHIMERA = (sys.executable, "-m", "chimera_tui")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    root = write_reports(tmp_path / "reports")
    (root / "deep.json").write_text('{"a": {"b": {"c": {"d": 1}}}, "top": 2}')
    (root / "chimera.toml").write_text('[agents]\nhost = "https://somebody.example"\n')
    (root / "chimera.toml").chmod(0o666)
    with running_simulator() as simulator:
        words = (f"agents.host={simulator.url}", "limits.viewers=1", "limits.json_depth=3")
        with house(root, *(part for word in words for part in ("--set", word))) as made:
            made.start()
            yield made


@cell(
    "too many viewers", "a second screen is opened", "it ends with one line that says what to do; the first stays"
)
@cell("a file beyond a limit", "it is looked at on the screen", "its row or preview says which limit it reached")
def test_a_screen_says_which_bound_was_reached(home: House) -> None:
    command = (*CHIMERA, str(home.root))
    with Terminal(command, size=(200, 50), environment=home.environment) as first:
        first.wait_for(r"deep\.json")
        first.wait_for("can be written by everybody")
        first.wait_for(r"deep\.json +nested deeper than")
        with Terminal(command, size=(200, 50), environment=home.environment) as second:
            second.wait_for("as many viewers are attached to this daemon as may be: 1")
            second.wait_for("limits.viewers")
            assert second.wait_for_exit() == 1
        done = subprocess.run(
            [*CHIMERA, "run", str(home.root)],
            env=home.environment, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 1
        assert "as may be: 1" in done.stderr and "Traceback" not in done.stderr
        (home.root / "later.csv").write_text("a\n1\n")
        first.wait_for(r"later\.csv")
