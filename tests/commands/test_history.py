"""`chimera runs`, `show` and `daemon`: what a daemon remembers, and how it is asked and stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from dataclasses import replace
from pathlib import Path

import httpx

from chimera_tui.commands.runs import HEADINGS, row_of
from tests.commands.conftest import Shell
from tests.formats.records import FLAGS, equipped, grounded, summary
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until
from tests.terminal import Terminal


def test_a_run_is_listed_shown_and_still_there_after_the_daemon_was_stopped(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    server = {"OLLAMA_HOST": ollama.url}
    words = ("run", reports, "--agent", "a", "--json")
    run_id = json.loads(shell.call(*words, environment=server).stdout)["run_id"]

    assert json.loads(shell.run("daemon", "status", reports, "--json").stdout)["running"] is True
    assert shell.run("daemon", "stop", reports).stdout.startswith("stopped daemon ")
    assert json.loads(shell.call("daemon", "status", reports, "--json").stdout) == {
        "running": False,
        "daemon": None,
    }

    listed = json.loads(shell.call("runs", reports, "--json", environment=server).stdout)["runs"]
    assert [run["run_id"] for run in listed] == [run_id]
    assert {"clean", "flags", "series", "telemetry", "environment"} <= listed[0].keys()
    assert run_id in shell.run("runs", reports, environment=server).stdout
    for name in ("last", run_id, run_id[:3]):
        assert json.loads(shell.call("show", name, reports, "--json").stdout)["run_id"] == run_id
    printed = shell.run("show", "last", reports).stdout
    assert printed.startswith(f"run {run_id}: done")
    assert "\nTTFT taken apart\n" in printed


def test_flagged_runs_are_marked_and_places_in_a_series_are_told() -> None:
    flagged = dict(zip(HEADINGS, row_of(equipped()), strict=True))
    assert (flagged["series"], flagged["flags"]) == ("q7w2e9 2/5", "⚑2 •1")
    told_only = replace(equipped(), flags=FLAGS[2:], series=None)
    clean = dict(zip(HEADINGS, row_of(told_only), strict=True))
    assert (clean["series"], clean["flags"], clean["grounding"]) == ("", "•1", "–")
    checked = dict(zip(HEADINGS, row_of(summary(grounded())), strict=True))
    assert checked["grounding"] == "25.0 %"


def test_a_directory_without_runs_says_so(shell: Shell, reports: Path) -> None:
    assert shell.call("runs", reports).stdout == "no runs yet; chimera run starts one\n"
    done = shell.call("show", "last", reports)
    assert done.returncode == 1
    assert done.stderr.startswith("chimera: ")


def test_a_directory_with_runs_of_a_demo_alone_says_how_to_see_them(shell: Shell, reports: Path) -> None:
    assert shell.call("run", "--demo", reports, "--agent", "a").returncode == 0
    hint = f"those of a demo are apart: chimera runs {reports} --demo"
    assert shell.call("runs", reports).stdout == f"no runs yet; chimera run starts one; {hint}\n"


def test_a_narrow_terminal_lists_what_fits_and_names_what_does_not(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    environment = {**shell.environment, "OLLAMA_HOST": ollama.url}
    words = ("run", reports, "--agent", "a", "--repeat", "2", "--warmup", "1")
    assert shell.call(*words, environment=environment).returncode == 0
    with Terminal(shell.command("runs", reports), size=(80, 24), environment=environment) as terminal:
        screen = terminal.wait_for("no room for models, tokens")
    assert screen.splitlines()[0].split() == [
        "run",
        "state",
        "started,",
        "UTC",
        "took",
        "agents",
        "series",
        "flags",
    ]
    assert len(screen.strip().splitlines()) == 5
    piped = shell.call("runs", reports).stdout.splitlines()
    assert "models" in piped[0] and "tokens" in piped[0]
    assert len(piped) == 4


def test_stopping_spares_a_run_unless_forced(shell: Shell, reports: Path, slow_ollama: SimulatorHandle) -> None:
    with subprocess.Popen(
        shell.command("run", reports, "--json"),
        cwd=shell.here,
        env={**shell.environment, "OLLAMA_HOST": slow_ollama.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        run_id = shell.wait_for_run()
        spared = shell.call("daemon", "stop", reports)
        forced = shell.call("daemon", "stop", reports, "--force")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert spared.returncode == 1
    assert f"run {run_id} goes on" in spared.stderr
    assert forced.returncode == 0
    assert process.returncode != 0


def test_a_run_that_a_kill_cut_off_is_shown_with_the_offload_that_was_measured(
    shell: Shell, reports: Path
) -> None:
    with (
        running_simulator("--token-rate", "5", "--cpu-rate", "5", "--load-s", "0") as server,
        subprocess.Popen(
            shell.command("run", reports, "--agent", "a", "--num-gpu", "20"),
            cwd=shell.here,
            env={**shell.environment, "OLLAMA_HOST": server.url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        run_id = shell.wait_for_run()
        (socket,) = shell.sockets()
        with httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://d") as daemon:
            wait_until(
                lambda: re.search('"size_vram_bytes":[0-9]', daemon.get(f"/v1/runs/{run_id}/events").text),
                "the offload to be measured and committed",
            )
        os.kill(shell.status()["pid"], signal.SIGKILL)
        assert process.wait(timeout=30) != 0
        document = json.loads(shell.call("show", "last", reports, "--json").stdout)
        listed = json.loads(shell.call("runs", reports, "--json").stdout)["runs"]
        printed = shell.call("show", run_id, reports).stdout
    assert (document["run_id"], document["state"]) == (run_id, "failed")
    offload = document["agents"][0]["offload"]
    assert (offload["requested"], offload["layers_in_effect"], offload["layers_all"]) == (20, 20, 35)
    assert 0 < offload["vram_share"] < 1
    assert "partial offload" in [flag["cause"] for flag in document["flags"]]
    assert listed[0]["agents"][0]["offload"] == offload
    assert "agent A: partial offload: 20 of 35 layers on the GPU, " in printed
    assert "A: num_gpu 20, 20 of 35 layers, " in printed


def test_asking_about_a_daemon_starts_none(shell: Shell, reports: Path) -> None:
    assert shell.call("daemon", "status", reports).stdout == "no daemon runs for this directory\n"
    assert not (shell.folder / "state").exists()


def test_the_simulator_can_be_started_by_hand(shell: Shell) -> None:
    with subprocess.Popen(
        shell.command("simulate", "--port", "0"), env=shell.environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        host = f"http://{ready['host']}:{ready['port']}"
        found = shell.call("doctor", "--json", environment={"OLLAMA_HOST": host})
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    assert found.returncode == 0, found.stdout
