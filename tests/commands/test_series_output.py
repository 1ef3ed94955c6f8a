"""A series, at the end of `chimera run --repeat` and when `chimera show` tells it again."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import pytest

from chimera_tui.commands.series_end import ended_as, wanted_of
from chimera_tui.domain.run_state import RunState
from tests.commands.conftest import Shell
from tests.commands.test_run_retries import started
from tests.simulators import SimulatorHandle
from tests.terminal import Terminal
from tests.tui.scripted_history import place, run

SERIES = ("--repeat", "3", "--warmup", "1", "--solo", "--include-flagged")


@pytest.fixture(scope="module")
def done(kept: Shell, kept_reports: Path, ollama: SimulatorHandle) -> subprocess.CompletedProcess[str]:
    """A finished series, as it was printed at its end."""
    return kept.call("run", kept_reports, *SERIES, environment={"OLLAMA_HOST": ollama.url})


def series_of(done: subprocess.CompletedProcess[str]) -> str:
    found = re.search(r"^series (\w{6}) is done: 3 of 3 runs measured\.$", done.stdout, re.MULTILINE)
    assert found is not None, done.stdout + done.stderr
    return found[1]


def test_a_series_is_shown_later_exactly_as_it_was_told_at_its_end(
    kept: Shell, kept_reports: Path, done: subprocess.CompletedProcess[str]
) -> None:
    series_id = series_of(done)
    *told, again = done.stdout.splitlines()
    assert again == f"chimera show {series_id} {kept_reports} --include-flagged tells this again"
    for name in (series_id, series_id[:5]):
        shown = kept.run("show", name, kept_reports, "--include-flagged")
        assert (shown.returncode, shown.stderr) == (0, "")
        assert shown.stdout.splitlines() == told
    document = json.loads(kept.call("show", series_id, kept_reports, "--include-flagged", "--json").stdout)
    assert (document["schema"], document["state"], document["measured"]) == ("chimera.series", "done", 3)
    assert [run["run_id"] for run in document["runs"]] == re.findall(r"^run (\w{6}): ", done.stdout, re.MULTILINE)
    assert all(Path(path).is_file() for run in document["runs"] for path in run["reports"].values())
    listed = kept.call("runs", kept_reports).stdout
    assert len(re.findall(rf" {series_id} (?:\w+ )?\d/\d", listed)) == 10


def test_the_document_of_a_series_says_the_same_later(
    kept: Shell, kept_reports: Path, ollama: SimulatorHandle
) -> None:
    words = ("run", kept_reports, "--agent", "a", "--repeat", "2", "--include-flagged", "--json")
    at_its_end = json.loads(kept.call(*words, environment={"OLLAMA_HOST": ollama.url}).stdout)
    shown = kept.call("show", at_its_end["series_id"], kept_reports, "--include-flagged", "--json").stdout
    later = json.loads(shown)
    for each in at_its_end["runs"]:
        del each["inventory"], each["files"]  # what there was to read then is in metrics.json
    for each in later["runs"]:
        assert each.pop("files") is None
    assert later == at_its_end


def test_eighty_columns_tear_no_figure_of_a_series(
    kept: Shell, kept_reports: Path, done: subprocess.CompletedProcess[str]
) -> None:
    words = kept.command("show", series_of(done), kept_reports, "--include-flagged")
    with Terminal(words, size=(80, 80), environment=kept.environment) as terminal:
        terminal.wait_for("is done: 3 of 3 runs measured")
        drawn = bytes(terminal.raw).decode().replace("\r", "").splitlines()
    assert max(map(len, drawn)) <= 80
    headings = [line.split() for line in drawn if line.lstrip().startswith("figure")]
    assert [words[0] for words in headings] == ["figure", "figure"]
    told = [word for words in headings for word in words]
    assert {"n", "mean", "interval", "sd", "cv", "median", "min", "max"} <= set(told)
    rows = [line for line in drawn if re.match(r"A  TTFT, report ", line)]
    assert len(rows) == 2
    assert re.fullmatch(r"A  TTFT, report +3 +\S+ \S+ +\S+(?: \S+)? … \S+ \S+ .*", rows[0])


def test_a_series_that_goes_on_is_told_as_far_as_it_came_and_a_cancelled_one_as_that(
    shell: Shell, reports: Path, slow_ollama: SimulatorHandle
) -> None:
    with started(shell, reports, "--repeat", "3", OLLAMA_HOST=slow_ollama.url) as process:
        shell.wait_for_run()
        (first,) = json.loads(shell.call("runs", reports, "--json").stdout)["runs"]
        series_id = first["series"]["series_id"]
        going = shell.call("show", series_id, reports)
        document = json.loads(shell.call("show", series_id, reports, "--json").stdout)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
    assert going.stdout.splitlines()[-1] == f"series {series_id} goes on: 0 of 3 runs measured."
    assert (document["state"], document["measured"], document["wanted"]) == ("running", 0, 3)
    over = shell.call("show", series_id, reports)
    assert over.stderr == f"chimera: series {series_id} is cancelled: 0 of 3 runs measured.\n"


def test_a_name_that_is_neither_run_nor_series_is_not_found(kept: Shell, kept_reports: Path) -> None:
    done = kept.call("show", "zzzzzz", kept_reports)
    assert done.returncode == 1
    assert "there is no run 'zzzzzz'" in done.stderr


def test_a_series_that_ended_in_its_warm_ups_names_no_number_that_nobody_knows() -> None:
    runs = [run("r1", state=RunState.DONE, series=place(1, warm_up=True))]
    end = ended_as(runs, wanted_of(runs))
    assert (end.state, end.measured, end.wanted) == ("incomplete", 0, 0)
    assert end.account() == "no run measured."
