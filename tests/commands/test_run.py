"""`chimera run` against a server over real HTTP, through a real daemon."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Shell
from tests.simulators import SimulatorHandle
from tests.terminal import Terminal


def run_json(shell: Shell, *words: str | Path, code: int = 0, **environment: str) -> dict[str, Any]:
    done = shell.call("run", *words, "--json", environment=environment)
    assert done.returncode == code, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def agent_of(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(agent for agent in document["agents"] if agent["agent"] == name)
    return found


def test_both_agents_run_and_everything_is_saved_where_it_says(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    done = shell.run("run", reports, "--json", environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
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
    kept: Shell, kept_reports: Path, ollama: SimulatorHandle
) -> None:
    done = kept.run("run", kept_reports, environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 0
    assert done.stderr == ""
    assert re.match(r"run \w{6}: done, together, .*, simulated\n", done.stdout)
    assert "read 3 files" in done.stdout


def test_one_agent_alone(kept: Shell, kept_reports: Path, ollama: SimulatorHandle) -> None:
    document = run_json(kept, kept_reports, "--agent", "b", OLLAMA_HOST=ollama.url)
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
    done = shell.call("run", reports, "--keep-alive", "9m", environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 2
    assert "chimera daemon stop" in done.stderr


def test_a_single_run_tells_its_flags_with_their_causes_and_the_latency_of_its_tokens(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    words = ("--agent", "a", "--num-predict", "4")
    told = shell.call("run", reports, *words, environment={"OLLAMA_HOST": ollama.url}).stdout
    assert re.search(r"^⚑\d( •\d)?: left out of comparisons unless asked for$", told, re.MULTILINE)
    assert re.search(r"^⚑ agent A, analysis: short output: ", told, re.MULTILINE)
    latency = re.search(r"^A: ITL over 6 gaps: p50 .*$", told, re.MULTILINE)
    assert latency is not None
    assert latency[0] in shell.call("show", "last", reports).stdout
    document = json.loads(shell.call("show", "last", reports, "--json").stdout)
    assert document["itl"]["a"]["gaps"] == 6
    assert document["reports"]


def test_a_series_is_one_document_with_every_run_and_what_they_tell(
    kept: Shell, kept_reports: Path, ollama: SimulatorHandle
) -> None:
    document = run_json(
        kept, kept_reports, "--repeat", "3", "--warmup", "1", "--solo", "--include-flagged", OLLAMA_HOST=ollama.url
    )
    assert (document["schema"], document["version"]) == ("chimera.series", 1)
    runs = document["runs"]
    assert [run["series"]["role"] for run in runs] == ["warmup", *["measured", "solo", "solo"] * 3]
    assert {run["series"]["series_id"] for run in runs} == {document["series_id"]}
    assert len({run["run_id"] for run in runs}) == 10
    assert all(Path(path).is_file() for run in runs for path in run["reports"].values())
    told = document["statistics"]
    assert told["run_ids"] == [run["run_id"] for run in runs if run["series"]["role"] == "measured"]
    assert told["warmup_ids"] == [runs[0]["run_id"]]
    for agent, name in zip(told["agents"], "ab", strict=True):
        rates = {each["sample"]["metric"]: each for each in agent["metrics"]}
        assert rates["decode rate"]["description"]["n"] == 3
        chunks = sum(
            request["client"]["chunks"] - 1
            for run in runs
            if run["series"]["role"] == "measured"
            for request in agent_of(run, name)["requests"]
        )
        assert agent["itl"]["gaps"] == chunks
    assert document["speedup"]["speedup"] > 0
    assert len(document["speedup"]["solo_a_ids"]) == 3


def test_a_series_is_a_table_for_people(shell: Shell, reports: Path, ollama: SimulatorHandle) -> None:
    words = ("--repeat", "2", "--agent", "a", "--include-flagged", "--num-gpu", "80")
    done = shell.run("run", reports, *words, environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert re.search(r"^run \w{6}: measured 2 of 2, A, done, ", done.stdout, re.MULTILINE)
    assert re.search(r"^A +decode rate +\d ", done.stdout, re.MULTILINE)
    assert "ITL over" in done.stdout
    assert "two runs: no interval" in done.stdout


def test_disturbed_runs_are_named_and_do_not_count_unless_asked_for(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    words = ("--repeat", "2", "--agent", "a", "--num-predict", "4")
    done = shell.call("run", reports, *words, environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 0, done.stderr
    assert len(re.findall(r"^run \w{6} does not count: short output$", done.stdout, re.MULTILINE)) == 2
    assert "--include-flagged" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--repeat", "0"), "repeat must be from 1 to 1000"),
        (("--warmup", "101"), "warmup must be from 0 to 100"),
        (("--solo", "--agent", "a"), "only one was asked for"),
    ],
)
def test_a_series_that_can_not_be_run_is_bad_use(
    kept: Shell, kept_reports: Path, ollama: SimulatorHandle, words: tuple[str, ...], said: str
) -> None:
    done = kept.call("run", kept_reports, *words, environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 2
    assert said in done.stderr


def test_an_interrupt_ends_the_whole_series(
    kept_slow: Shell, kept_slow_reports: Path, slow_ollama: SimulatorHandle
) -> None:
    with started(kept_slow, kept_slow_reports, slow_ollama, "--repeat", "3") as process:
        kept_slow.wait_for_run()
        process.send_signal(signal.SIGINT)
        printed, said = process.communicate(timeout=30)
    document = json.loads(printed)
    assert process.returncode == 130, said
    assert [run["state"] for run in document["runs"]] == ["cancelled"]
    assert kept_slow.status()["active_run"] is None


def test_reports_of_a_series_are_copied_side_by_side(shell: Shell, reports: Path, ollama: SimulatorHandle) -> None:
    target = shell.here / "out"
    run_json(shell, reports, "--agent", "a", "--repeat", "2", "--out", target, OLLAMA_HOST=ollama.url)
    assert [(folder / "metrics.json").is_file() for folder in target.iterdir()] == [True, True]


def test_reports_can_be_copied_elsewhere(shell: Shell, reports: Path, ollama: SimulatorHandle) -> None:
    target = shell.here / "out"
    document = run_json(shell, reports, "--agent", "a", "--out", target, OLLAMA_HOST=ollama.url)
    assert sorted(path.name for path in target.iterdir()) == sorted(
        Path(path).name for path in document["reports"].values()
    )
    assert all(Path(path).parent == target for path in document["reports"].values())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_cancels_the_run_and_waits_for_its_end(
    kept_slow: Shell, kept_slow_reports: Path, slow_ollama: SimulatorHandle, number: signal.Signals
) -> None:
    with started(kept_slow, kept_slow_reports, slow_ollama) as process:
        kept_slow.wait_for_run()
        process.send_signal(number)
        printed, said = process.communicate(timeout=30)
    document = json.loads(printed)
    assert process.returncode == 130, said
    assert document["state"] == "cancelled"
    assert kept_slow.status()["active_run"] is None


def test_a_run_that_takes_too_long_is_cancelled_and_failed(
    shell: Shell, reports: Path, slow_ollama: SimulatorHandle
) -> None:
    done = shell.run("run", reports, "--timeout", "1", environment={"OLLAMA_HOST": slow_ollama.url})
    assert done.returncode == 1
    assert "cancelled after 1 s" in done.stderr
    assert "cancelled, together" in done.stdout


def test_a_second_run_is_refused_while_one_goes_on(
    kept_slow: Shell, kept_slow_reports: Path, slow_ollama: SimulatorHandle
) -> None:
    with started(kept_slow, kept_slow_reports, slow_ollama) as process:
        run_id = kept_slow.wait_for_run()
        done = kept_slow.call("run", kept_slow_reports, environment={"OLLAMA_HOST": slow_ollama.url})
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
    done = shell.call("run", "--json", environment={"OLLAMA_HOST": ollama.url})
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


def test_a_num_gpu_that_another_client_may_have_left_is_warned_of_in_a_log_too(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    asked = json.dumps({"model": "gemma3:latest", "options": {"num_gpu": 5}}).encode()
    with urllib.request.urlopen(f"{ollama.url}/api/generate", asked, timeout=60) as answer:
        answer.read()
    done = shell.run("run", reports, "--repeat", "2", environment={"OLLAMA_HOST": ollama.url})
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("14.3 % of gemma3:latest lies in VRAM although num_gpu is left to the server")
    assert len(done.stderr.splitlines()) == 1


def test_progress_is_one_line_of_a_terminal_and_goes_away(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    environment = {**shell.environment, "OLLAMA_HOST": ollama.url}
    command = shell.command("run", reports, "--num-gpu", "80")  # what another test left would be warned of
    with Terminal(command, size=(100, 50), environment=environment) as terminal:
        terminal.wait_for("saved in")
        progress, _, _ = bytes(terminal.raw).decode().partition("run ")
        assert "reading the directory" in progress
        assert re.search(r"A \w+.* │ B \w+", progress)
        assert "\n" not in progress
        assert progress.endswith("\r\x1b[K")
        assert terminal.screen.lstrip().startswith("run ")


def test_progress_tells_where_a_run_stands_in_its_series(
    kept: Shell, kept_reports: Path, ollama: SimulatorHandle
) -> None:
    environment = {**kept.environment, "OLLAMA_HOST": ollama.url}
    words = ("run", kept_reports, "--repeat", "2", "--warmup", "1", "--include-flagged")
    with Terminal(kept.command(*words), size=(100, 30), environment=environment) as terminal:
        terminal.wait_for("ITL over")
        drawn = bytes(terminal.raw).decode()
    assert re.search(r"(warm-up 1 of 1|run [12] of 2): A ", drawn)


def test_a_demo_needs_no_server_and_takes_no_host(shell: Shell) -> None:
    document = run_json(shell, "--demo")
    assert document["simulated"] is True
    assert document["inventory"]["files"] > 0
    assert list(shell.here.iterdir()) == []
    done = shell.call("run", "--demo", "--host", "elsewhere")
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


def started(shell: Shell, reports: Path, server: SimulatorHandle, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        shell.command("run", reports, "--json", *words),
        cwd=shell.here,
        env={**shell.environment, "OLLAMA_HOST": server.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
