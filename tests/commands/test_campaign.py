"""`chimera campaign` as a person's shell runs it: plan, run, look, report, and what goes wrong."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.conftest import Shell, made_shell
from tests.daemon.daemons import write_reports
from tests.simulators import running_simulator
from tests.support import wait_until

MODEL = "gemma3:latest"


@pytest.fixture(scope="module")
def night() -> Iterator[Shell]:
    """A shell beside a campaign that was made to its end, with its simulator."""
    flags = ("--token-rate", "2000", "--cpu-rate", "1500", "--prefill-rate", "100000", "--load-s", "0.01")
    with made_shell() as shell, running_simulator(*flags, "--models", MODEL) as simulator:
        shell.environment["OLLAMA_HOST"] = simulator.url
        write_reports(shell.here / "reports")
        write_file(shell, "night.toml")
        done = shell.run("campaign", "run", "night.toml", "reports")
        assert done.returncode == 0, done.stderr
        assert "is done" in done.stderr
        yield shell


def write_file(shell: Shell, name: str, count: int = 2, more: str = "") -> Path:
    path = shell.here / name
    path.write_text(
        f'name = "{path.stem}"\n[agents]\nmodel = "{MODEL}"\nnum_predict = 40\nnum_ctx = 2048\nseed = 7\n'
        f'[repeats]\ncount = {count}\n[matrix]\nscenario = "a-alone"\nnum_gpu = [10, 40, 80]\n{more}'
    )
    return path


def test_a_plan_prints_cells_and_what_is_the_same(night: Shell) -> None:
    done = night.call("campaign", "plan", "night.toml", "reports")
    assert done.returncode == 0
    assert "all 35 layers" in done.stdout
    document = json.loads(night.call("campaign", "plan", "night.toml", "reports", "--json").stdout)
    assert document["schema"] == "chimera.campaign_plan"
    assert len(document["plan"]["cells"]) == 2


def test_what_was_made_is_listed_and_shown(night: Shell) -> None:
    listed = json.loads(night.call("campaign", "list", "reports", "--json").stdout)
    assert [(each["name"], each["state"], each["done"]) for each in listed["campaigns"]] == [("night", "done", 4)]
    shown = night.call("campaign", "show", "night", "reports").stdout
    assert shown.count("2 of 2") == 2
    assert "tok/s" in shown


def test_a_report_is_written_for_a_colleague(night: Shell) -> None:
    done = night.call("campaign", "report", "night", "reports", "--out", "found")
    assert done.returncode == 0
    found = night.here / "found"
    assert "<script" not in (found / "report.html").read_text()
    assert (found / "report.md").read_text().startswith("# Campaign night")
    with (found / "runs.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 4
    assert json.loads((found / "report.json").read_text())["name"] == "night"


def test_a_complete_campaign_has_nothing_to_resume(night: Shell) -> None:
    done = night.call("campaign", "resume", "night", "reports")
    assert done.returncode == 2
    assert "lacks nothing" in done.stderr


def test_repeats_can_be_added_and_are_made(night: Shell) -> None:
    assert night.call("campaign", "add", "night", "1", "reports").returncode == 0
    done = night.run("campaign", "resume", "night", "reports")
    assert done.returncode == 0, done.stderr
    assert "5 of 5 runs measured" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("run", "gone.toml"), 1, "can not be read"),
        (("run",), 2, "which file?"),
        (("show", "nothing", "reports"), 1, "there is no campaign 'nothing'"),
        (("skip", "night", "99", "reports"), 2, "no cell"),
    ],
)
def test_what_is_wrong_is_said(night: Shell, words: tuple[str, ...], code: int, said: str) -> None:
    done = night.call("campaign", *words)
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr


def test_a_misspelt_key_is_told_with_its_line(night: Shell) -> None:
    (night.here / "bad.toml").write_text('name = "bad"\n[repaets]\ncount = 2\n')
    done = night.call("campaign", "run", "bad.toml", "reports")
    assert done.returncode == 2
    assert "bad.toml:2" in done.stderr
    assert "Did you mean repeats?" in done.stderr


def test_ctrl_c_pauses_the_campaign_and_says_how_to_go_on(night: Shell) -> None:
    write_file(night, "long.toml", count=50)
    words = night.command("campaign", "run", "long.toml", "reports")
    process = subprocess.Popen(words, cwd=night.here, env=night.environment, stderr=subprocess.PIPE, text=True)
    night.wait_for_run()
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert "is paused" in said
    assert "chimera campaign resume" in said
    wait_until(lambda: night.status().get("active_run") is None, "the end of its run")


def test_a_daemon_that_is_told_to_end_is_not_started_again(night: Shell) -> None:
    write_file(night, "longer.toml", count=50)
    words = night.command("campaign", "run", "longer.toml", "reports")
    process = subprocess.Popen(words, cwd=night.here, env=night.environment, stderr=subprocess.PIPE, text=True)
    night.wait_for_run()
    assert night.run("daemon", "stop", "reports", "--force").returncode == 0
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert "is interrupted" in said
    assert night.status() == {}


def test_a_campaign_that_is_worse_than_its_baseline_ends_with_3() -> None:
    flags = ("--prefill-rate", "100000", "--load-s", "0.01", "--jitter", "0", "--models", MODEL)
    with made_shell() as shell:
        write_reports(shell.here / "reports")
        for name, more in (("before", ""), ("after", "[alerts]\nworse_percent = 20\n")):
            path = write_file(shell, f"{name}.toml", count=5, more=more)
            path.write_text(path.read_text().replace("[10, 40, 80]", "80"))
        with running_simulator("--token-rate", "2000", *flags) as fast:
            shell.environment["OLLAMA_HOST"] = fast.url
            assert shell.run("campaign", "run", "before.toml", "reports").returncode == 0
            assert shell.call("campaign", "baseline", "before", "reports").returncode == 0
        with running_simulator("--token-rate", "500", "--port", str(fast.port), *flags):
            done = shell.run("campaign", "run", "after.toml", "reports")
    assert done.returncode == 3, done.stderr
    assert "than the baseline" in done.stderr
