"""`chimera run` against a server over real HTTP, through a real daemon."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Shell
from tests.simulators import SimulatorHandle
from tests.terminal import Terminal


def run_json(shell: Shell, *words: str | Path, code: int = 0, **environment: str) -> dict[str, Any]:
    done = shell.run("run", *words, "--json", environment=environment)
    assert done.returncode == code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def agent_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(agent for agent in document["agents"] if agent["agent"] == name)
    return found


def test_both_agents_run_and_everything_is_saved_where_it_says(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    document = run_json(shell, reports, OLLAMA_HOST=ollama.url)
    assert document["state"] == "done"
    assert document["simulated"] is True
    assert document["inventory"]["files"] == 3
    assert document["inventory"]["by_type"] == {"csv": 1, "json": 1, "md": 1, "other": 0}
    assert [agent["state"] for agent in document["agents"]] == ["done", "done"]
    assert set(document["reports"]) == {"agent_a_report", "agent_b_report", "combined_report", "metrics"}
    for path in document["reports"].values():
        assert Path(path).is_relative_to(reports / "chimera_runs")
        assert Path(path).is_file()
    saved = json.loads(Path(document["reports"]["metrics"]).read_text())
    assert saved["run_id"] == document["run_id"]
    assert saved["agents"][0]["totals"] == document["agents"][0]["totals"]


def test_without_a_terminal_standard_error_stays_empty(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    done = shell.run("run", reports, environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 0
    assert done.stderr == ""
    assert re.match(r"run \w{6}: done, together, .*, simulated\n", done.stdout)
    assert "read 3 files" in done.stdout


def test_one_agent_alone(shell: Shell, reports: Path, ollama: SimulatorHandle) -> None:
    document = run_json(shell, reports, "--agent", "b", OLLAMA_HOST=ollama.url)
    assert [agent["agent"] for agent in document["agents"]] == ["b"]


def test_a_daemon_that_already_runs_is_told_what_the_flags_say(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    first = run_json(shell, reports, "--agent", "a", "--num-predict", "40", OLLAMA_HOST=ollama.url)
    second = run_json(
        shell, reports, "--num-gpu", "5", "--b-temperature", "0.3", "--sequence", OLLAMA_HOST=ollama.url
    )
    assert agent_of(first, "a")["settings"]["options"]["num_predict"] == 40
    assert second["mode"] == "sequence"
    options = {name: agent_of(second, name)["settings"]["options"] for name in "ab"}
    assert (options["a"]["num_gpu"], options["b"]["num_gpu"]) == (5, 5)
    assert (options["a"]["temperature"], options["b"]["temperature"]) == (None, 0.3)
    assert options["a"]["num_predict"] == 40
    assert second["agents"][0]["offload"]["layers_in_effect"] == 5


def test_a_flag_that_only_a_new_daemon_takes_says_so(shell: Shell, reports: Path, ollama: SimulatorHandle) -> None:
    run_json(shell, reports, "--agent", "a", "--keep-alive", "1m", OLLAMA_HOST=ollama.url)
    done = shell.run("run", reports, "--keep-alive", "9m", environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 2
    assert "chimera daemon stop" in done.stderr


def test_reports_can_be_copied_elsewhere(shell: Shell, reports: Path, ollama: SimulatorHandle) -> None:
    target = shell.here / "out"
    document = run_json(shell, reports, "--agent", "a", "--out", target, OLLAMA_HOST=ollama.url)
    assert sorted(path.name for path in target.iterdir()) == sorted(
        Path(path).name for path in document["reports"].values()
    )
    assert all(Path(path).parent == target for path in document["reports"].values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_cancels_the_run_and_waits_for_its_end(
    shell: Shell, reports: Path, slow_ollama: SimulatorHandle, number: signal.Signals
) -> None:
    with started(shell, reports, slow_ollama) as process:
        shell.wait_for_run()
        process.send_signal(number)
        printed, said = process.communicate(timeout=30)
    document = json.loads(printed)
    assert process.returncode == 130, said
    assert document["state"] == "cancelled"
    assert shell.status()["active_run"] is None


def test_a_run_that_takes_too_long_is_cancelled_and_failed(
    shell: Shell, reports: Path, slow_ollama: SimulatorHandle
) -> None:
    done = shell.run("run", reports, "--timeout", "1", environment={"OLLAMA_HOST": slow_ollama.url})
    assert done.returncode == 1
    assert "cancelled after 1 s" in done.stderr
    assert "cancelled, together" in done.stdout


def test_a_second_run_is_refused_while_one_goes_on(
    shell: Shell, reports: Path, slow_ollama: SimulatorHandle
) -> None:
    with started(shell, reports, slow_ollama) as process:
        run_id = shell.wait_for_run()
        done = shell.run("run", reports, environment={"OLLAMA_HOST": slow_ollama.url})
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert done.returncode == 1
    assert f"run {run_id} is still going on" in done.stderr


def test_a_daemon_that_dies_is_one_line_and_failed(
    shell: Shell, reports: Path, slow_ollama: SimulatorHandle
) -> None:
    with started(shell, reports, slow_ollama) as process:
        shell.wait_for_run()
        os.kill(int(shell.status()["pid"]), signal.SIGKILL)
        printed, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert printed == ""
    assert said.startswith("chimera: the daemon is gone")
    assert len(said.splitlines()) == 1


def test_an_empty_directory_has_nothing_to_analyse(shell: Shell, ollama: SimulatorHandle) -> None:
    done = shell.run("run", "--json", environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 1
    assert done.stdout == ""
    assert "nothing to analyse" in done.stderr


def test_a_server_that_is_down_fails_the_run_and_is_named(shell: Shell, reports: Path) -> None:
    done = shell.run("run", reports)
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr
    assert "failed" in done.stdout
    assert "Traceback" not in done.stderr


def test_an_unknown_model_fails_and_those_that_exist_are_named(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    done = shell.run("run", reports, "--model", "gemma9", environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 1
    assert "gemma3:latest" in done.stderr


def test_progress_is_one_line_of_a_terminal_and_goes_away(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    environment = {**shell.environment, "OLLAMA_HOST": ollama.url}
    with Terminal(shell.command("run", reports), size=(100, 30), environment=environment) as terminal:
        terminal.wait_for("saved in")
        progress, _, _ = bytes(terminal.raw).decode().partition("run ")
        assert "reading the directory" in progress
        assert re.search(r"A \w+.* │ B \w+", progress)
        assert "\n" not in progress
        assert progress.endswith("\r\x1b[K")
        assert terminal.screen.lstrip().startswith("run ")


def test_a_demo_needs_no_server_and_takes_no_host(shell: Shell) -> None:
    document = run_json(shell, "--demo")
    assert document["simulated"] is True
    assert document["inventory"]["files"] > 0
    assert list(shell.here.iterdir()) == []
    done = shell.run("run", "--demo", "--host", "elsewhere")
    assert done.returncode == 2
    assert "Leave out --host" in done.stderr


@pytest.mark.shared
def test_the_sample_corpus_is_read_whole(shell: Shell, shared_dir: Path, ollama: SimulatorHandle) -> None:
    corpus = shell.here / "corpus"
    shutil.copytree(shared_dir / "corpus", corpus)
    document = run_json(shell, corpus, OLLAMA_HOST=ollama.url)
    counts = document["inventory"]["by_type"]
    assert document["inventory"]["files"] == 101
    assert (counts["csv"], counts["json"], counts["md"]) == (28, 44, 29)
    assert agent_of(document, "a")["files_analysed"] == 101


def started(shell: Shell, reports: Path, server: SimulatorHandle) -> subprocess.Popen[str]:
    return subprocess.Popen(
        shell.command("run", reports, "--json"),
        cwd=shell.here,
        env={**shell.environment, "OLLAMA_HOST": server.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
