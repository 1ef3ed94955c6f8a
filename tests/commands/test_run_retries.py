"""`chimera run --repeat` against servers that are down, come back, or lack the model."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chimera_tui.client.start import ask
from chimera_tui.commands.series_end import ended_as, wanted_by
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.engine.retries import MOST_FAILURES
from tests.commands.conftest import Shell
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until
from tests.terminal import Terminal
from tests.tui.scripted_history import outcome, place, run

DOWN = ErrorInfo("server_unreachable", "no answer", "", "Is it running?")


@contextlib.contextmanager
def started(shell: Shell, *words: str | Path, **environment: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        shell.command("run", *words),
        cwd=shell.here,
        env={**shell.environment, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def hurry(shell: Shell, process: subprocess.Popen[str]) -> tuple[str, str]:
    """Skip every pause until the command's end, as `r` in a viewer does; what it wrote."""

    def ended() -> bool:
        for path in shell.sockets():
            if (question := ask(path, "POST", "/v1/retry")) is not None:
                question.close()
        return process.poll() is not None

    wait_until(ended, "the end of the command", 60)
    return process.communicate()


def test_a_dead_server_ends_a_series_of_a_thousand_after_five_runs(shell: Shell, reports: Path) -> None:
    with started(shell, reports, "--repeat", "1000", "--host", "http://127.0.0.1:9") as process:
        printed, said = hurry(shell, process)
    assert process.returncode == 1
    assert len(re.findall(r"^run \w{6}: measured 1 of 1000, A\+B, failed", printed, re.MULTILINE)) == MOST_FAILURES
    lines = said.splitlines()
    assert lines[0].startswith("run 1 of 1000 failed (1 of at most 5 in a row), next try in 2 s: no answer from")
    assert lines[1:4] == [
        f"run 1 of 1000 failed again ({n} of at most 5 in a row), next try in {s} s"
        for n, s in ((2, 8), (3, 30), (4, 120))
    ]
    assert re.match(
        r"chimera: series \w{6} is incomplete: 0 of 1000 runs measured, 5 failed: no answer from", lines[4]
    )
    assert lines[4].endswith("Check OLLAMA_HOST.") and len(lines) == 5


def test_json_says_incomplete_with_the_counts_and_the_fault(kept: Shell, kept_reports: Path) -> None:
    with started(kept, kept_reports, "--repeat", "1000", "--json") as process:
        printed, _ = hurry(kept, process)
    document: dict[str, Any] = json.loads(printed)
    assert process.returncode == 1
    told = {name: document[name] for name in ("state", "measured", "wanted", "failed")}
    assert told == {"state": "incomplete", "measured": 0, "wanted": 1000, "failed": MOST_FAILURES}
    assert document["error"]["code"] == "server_unreachable"
    assert len(document["runs"]) == MOST_FAILURES
    assert document["statistics"]["run_ids"] == []


def test_a_model_that_does_not_exist_is_asked_for_once(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    words = ("--repeat", "1000", "--model", "gemma9", "--json")
    done = shell.call("run", reports, *words, environment={"OLLAMA_HOST": ollama.url})
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert (document["state"], document["measured"], document["failed"]) == ("incomplete", 0, 1)
    assert document["error"]["code"] == "model_not_found"
    assert "Repeating can not heal that." in done.stderr + shell.call("run", reports, *words[:-1]).stderr


def test_a_fault_that_heals_leaves_a_series_that_is_done(shell: Shell, reports: Path) -> None:
    rates = ("--token-rate", "4000", "--cpu-rate", "4000", "--prefill-rate", "200000", "--load-s", "0")
    words = ("--repeat", "3", "--agent", "a", "--include-flagged", "--json")
    with (
        running_simulator(*rates, "--fault", "cut@3") as simulator,
        started(shell, reports, *words, OLLAMA_HOST=simulator.url) as process,
    ):
        printed, said = hurry(shell, process)
    document = json.loads(printed)
    assert process.returncode == 0, said
    assert (document["state"], document["measured"], document["wanted"]) == ("done", 3, 3)
    assert (document["failed"], document["error"]) == (1, None)
    states = [(run["series"]["index"], run["state"]) for run in document["runs"]]
    assert states == [(1, "done"), (2, "failed"), (2, "done"), (3, "done")]
    failed = document["runs"][1]["run_id"]
    assert failed not in document["statistics"]["run_ids"]
    assert len(document["statistics"]["run_ids"]) == 3


def test_an_interrupt_in_a_pause_ends_the_command_at_once(kept: Shell, kept_reports: Path) -> None:
    with started(kept, kept_reports, "--repeat", "1000", "--json") as process:
        assert process.stderr is not None
        assert "next try in 2 s" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert json.loads(printed)["state"] == "cancelled"
    assert kept.status()["active_run"] is None


def test_a_terminal_keeps_a_line_on_the_fault_and_tells_how_to_stop(kept: Shell, kept_reports: Path) -> None:
    words = kept.command("run", kept_reports, "--repeat", "1000")
    with Terminal(words, size=(80, 24), environment=kept.environment) as terminal:
        terminal.wait_for("run 1 of 1000: next try in 2 s, Ctrl-C stops")
        terminal.send("\x03")
        terminal.wait_for("is cancelled: 0 of 1000 runs measured")
        assert "run 1 of 1000 failed (1 of at most 5 in a row), next try in 2 s" in terminal.screen.replace(
            "\n", ""
        )


def series(*states: RunState) -> list[RunSummary]:
    return [run(f"r{n}", state=state, series=place(n)) for n, state in enumerate(states, 1)]


@pytest.mark.parametrize(
    ("states", "ended"),
    [
        ((RunState.DONE, RunState.FAILED, RunState.DONE), ("done", 2, 1)),
        ((RunState.DONE, RunState.FAILED), ("incomplete", 1, 1)),
        ((RunState.DONE, RunState.CANCELLED), ("cancelled", 1, 0)),
    ],
)
def test_an_end_that_was_not_heard_is_told_by_the_runs(
    states: tuple[RunState, ...], ended: tuple[str, int, int]
) -> None:
    end = ended_as(series(*states), wanted_by(RunRequest(repeat=2)))
    assert (end.state, end.measured, end.failed, end.wanted) == (*ended, 2)


def test_the_fault_of_an_end_that_was_not_heard_is_that_of_the_last_run() -> None:
    agents = (replace(outcome(AgentId.A), state=AgentState.FAILED, error=DOWN),)
    last = run("r1", state=RunState.FAILED, series=place(1), agents=agents)
    assert ended_as([last], wanted_by(RunRequest(repeat=2))).error == DOWN
