"""`chimera compare`: runs of the journal and saved ones beside each other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from chimera_tui.domain.flags import Cause
from chimera_tui.domain.options import AgentId, Options
from chimera_tui.domain.runs import RunSummary
from chimera_tui.formats.metrics_json import run_document, to_json
from tests.analysis.series import group, run
from tests.commands.conftest import Shell
from tests.simulators import SimulatorHandle
from tests.terminal import Terminal

SLOW = [40.0, 40.4, 39.8, 40.1, 40.2, 39.9]
FAST = [42.0, 42.5, 41.9, 42.2, 42.4, 42.1]


def save(shell: Shell, name: str, runs: Sequence[RunSummary]) -> Path:
    """As below a reports directory."""
    for each in runs:
        folder = shell.here / name / "chimera_runs" / each.run_id
        folder.mkdir(parents=True)
        (folder / "metrics.json").write_text(to_json(run_document(each)))
    return shell.here / name


def test_two_saved_series_are_told_apart_in_words_and_figures(shell: Shell) -> None:
    save(shell, "slow", group("a", SLOW, options=Options(num_gpu=20)))
    save(shell, "fast", group("b", FAST, options=Options(num_gpu=80)))
    done = shell.run("compare", "slow", "fast/chimera_runs")
    assert done.returncode == 0
    assert "Agent A, decode rate: B is 5.28 % faster (95 % interval 4.69–5.88 %); with" in done.stdout
    assert any(line.split() == ["A", "num_gpu", "20", "80"] for line in done.stdout.splitlines())
    assert not (shell.folder / "state").exists()  # no daemon was needed


def test_a_num_gpu_that_differs_in_number_only_is_said_to_be_equal_in_effect(shell: Shell) -> None:
    save(shell, "sixty", group("a", SLOW, options=Options(num_gpu=60), blocks=34))
    save(shell, "many", group("b", SLOW, options=Options(num_gpu=120), blocks=34))
    shown = shell.call("compare", "sixty", "many").stdout
    row = next(line for line in shown.splitlines() if "num_gpu" in line)
    assert " ".join(row.split()) == "A num_gpu 60 120, equal in effect: all 35 layers"
    told = json.loads(shell.call("compare", "sixty", "many", "--json").stdout)
    assert told["settings"][0] == {
        "name": "num_gpu",
        "a": "60",
        "b": "120",
        "agent": "a",
        "equal_in_effect": "all 35 layers",
    }


def test_on_a_terminal_of_80_columns_every_figure_is_whole_and_no_line_is_longer(shell: Shell) -> None:
    slow = save(shell, "slow", group("a", SLOW, options=Options(num_gpu=20)))
    fast = save(shell, "fast", group("b", [21.1 * rate for rate in SLOW], options=Options(num_gpu=80)))
    command = shell.command("compare", slow, fast)
    with Terminal(command, size=(80, 80), environment=shell.environment) as terminal:
        assert terminal.wait_for_exit() == 0
    lines = [" ".join(line.split()) for line in terminal.raw.decode().splitlines()]
    assert max(len(line) for line in terminal.raw.decode().splitlines()) <= 80
    assert "A decode rate 40.1 tok/s 6 845 tok/s 6 21.1×" in lines
    assert any(line.startswith("A decode rate 2") and line.endswith("× 0.00216 better") for line in lines)


def test_programs_get_one_document(shell: Shell) -> None:
    save(shell, "slow", group("a", SLOW))
    save(shell, "fast", group("b", FAST))
    told = json.loads(shell.run("compare", "slow", "fast", "--json").stdout)
    assert (told["schema"], told["version"]) == ("chimera.comparison", 1)
    rate = told["metrics"][0]
    assert (rate["metric"], rate["agent"], rate["verdict"], rate["unit"]) == (
        "decode rate",
        "a",
        "better",
        "tok/s",
    )
    assert rate["difference_percent"] == pytest.approx(100 * (253.1 / 240.4 - 1))
    assert told["a_runs"] == [f"a{index}" for index in range(6)]
    assert told["speedup"] == {}


def test_two_single_runs_are_too_few_and_still_an_answer(shell: Shell) -> None:
    save(shell, "all", [run(0, name="x"), run(1, name="y", rate=60.0)])
    runs = "all/chimera_runs"
    done = shell.call("compare", f"{runs}/x0/metrics.json", f"{runs}/y1")
    assert done.returncode == 0
    assert "B was 20.0 % faster; with n = 1 each that is too few to tell" in done.stdout


def test_disturbed_runs_are_left_out_unless_asked_for(shell: Shell) -> None:
    save(shell, "slow", group("a", SLOW))
    save(shell, "bad", group("b", FAST, causes=[Cause.THROTTLED]))
    done = shell.call("compare", "slow", "bad")
    assert done.returncode == 1
    assert "no run of B counts" in done.stdout
    assert "throttled clock" in done.stdout
    assert "--include-flagged" in done.stderr
    assert "faster" in shell.call("compare", "slow", "bad", "--include-flagged").stdout


def test_solo_runs_of_a_series_give_its_speedup(shell: Shell) -> None:
    solo = [
        run(10 + index, name=agent.value, agents=[agent], role="solo", wall_ns=5_000_000_000)
        for agent in AgentId
        for index in range(3)
    ]
    save(shell, "pairs", [*group("p", SLOW), *solo])
    save(shell, "fast", group("q", FAST))
    told = json.loads(shell.call("compare", "pairs", "fast", "--json").stdout)
    assert told["speedup"]["a"]["speedup"] == pytest.approx(10 / 6)
    printed = shell.call("compare", "pairs", "fast").stdout
    assert "speedup: 1.67×" in printed
    assert "overlap efficiency: 88.0 %" in printed


@pytest.mark.slow
def test_runs_of_the_journal_are_found_by_id_beginning_and_last(
    shell: Shell, reports: Path, ollama: SimulatorHandle
) -> None:
    server = {"OLLAMA_HOST": ollama.url}
    words = ("run", reports, "--agent", "a", "--json")
    first, second = (json.loads(shell.call(*words, environment=server).stdout)["run_id"] for _ in range(2))
    told = json.loads(shell.call("compare", first, "last", reports, "--include-flagged", "--json").stdout)
    assert (told["a_runs"], told["b_runs"]) == ([first], [second])
    both = json.loads(
        shell.call("compare", f"{first},{second}", second, reports, "--include-flagged", "--json").stdout
    )
    assert both["a_runs"] == [first, second]
    assert f"on both sides, as if independent: {second}" in both["cautions"]
    done = shell.call("compare", first, "zzzzzz", reports)
    assert done.returncode == 1
    assert "there is no run or series 'zzzzzz'" in done.stderr


@pytest.mark.parametrize("words", [["a"], ["./missing.json", "./missing.json"], [",", "./x.json"]])
def test_bad_use_is_a_line_and_exits_2(shell: Shell, words: list[str]) -> None:
    done = shell.call("compare", *words)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def test_a_file_that_is_no_run_says_so(shell: Shell) -> None:
    (shell.here / "x.json").write_text("{}")
    (shell.here / "empty").mkdir()
    done = shell.run("compare", "x.json", "x.json")
    assert done.returncode == 1
    assert "this is no chimera.run document" in done.stderr
    assert "no metrics.json" in shell.call("compare", "empty", "x.json").stderr
