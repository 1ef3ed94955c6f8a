"""The speed bench runs: real processes, every figure finite, a table and a verdict."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import registry, table
from benchmarks.figure import Figure, Reading

LONG = pytest.mark.skipif("CHIMERA_LONG_TESTS" not in os.environ, reason="takes half a minute: `make test-long`")
ROW = Figure("wait", "a wait", "ms", 10)


def test_the_median_of_the_runs_decides_and_stands_beside_its_floor() -> None:
    row = table.row_of(ROW, [Reading(30, 2, 90), Reading(9, 4, 70), Reading(8, 3, 80)])
    assert (row["measured"], row["met"]) == (9, True)
    assert (row["floor"], row["ratio"], row["textual"]) == (3, 3.0, 80)


def test_a_missed_target_is_the_worst_and_is_named_in_one_sentence() -> None:
    rows = [
        table.row_of(ROW, [Reading(5)]),
        table.row_of(Figure("size", "a size", "kB/s", 4), [Reading(6.0)]),
    ]
    assert table.verdict(rows) == "1 of 2 targets met; the worst is a size, 6 of 4 kB/s."


def test_targets_of_time_are_higher_on_a_slower_machine_never_lower_and_both_counts_are_told() -> None:
    slow = [
        table.row_of(ROW, [Reading(12, pace=1.25)]),
        table.row_of(Figure("size", "a size", "kB/s", 4), [Reading(6.0, pace=1.25)]),
    ]
    assert [(row["here"], row["met"]) for row in slow] == [(12.5, True), (4, False)]
    said = "1 of 2 targets met (0 without regard to this machine's pace); the worst is a size, 6 of 4 kB/s."
    assert table.verdict(slow) == said
    assert table.row_of(ROW, [Reading(9, pace=0.5)])["here"] == 10


def test_a_run_in_a_slow_minute_is_held_to_the_pace_of_that_minute() -> None:
    row = table.row_of(ROW, [Reading(19, pace=2.0), Reading(9, pace=1.0), Reading(11, pace=1.0)])
    assert (row["measured"], row["here"], row["met"]) == (11, 11.579, True)
    row = table.row_of(ROW, [Reading(19, pace=1.0), Reading(11, pace=1.0), Reading(9, pace=2.0)])
    assert (row["measured"], row["here"], row["met"]) == (11, 10, False)
    assert table.row_of(ROW, [Reading(0, pace=2.0)])["here"] == 20


def test_two_results_stand_side_by_side_and_a_new_figure_has_no_change() -> None:
    def result(date: str, *rows: tuple[Figure, float]) -> dict[str, object]:
        figures = [table.row_of(figure, [Reading(value)]) for figure, value in rows]
        return {"date": date, "version": "1", "machine": {"cores": 2}, "figures": figures}

    fresh = Figure("new", "a new one", "ms", 1)
    lines = table.compared(result("today", (ROW, 6), (fresh, 2)), result("before", (ROW, 8))).splitlines()
    assert lines[0].startswith("before: before, version 1 · now: today")
    assert lines[-2].split() == ["a", "wait", "≤", "10", "ms", "8", "6", "-25", "%", "met"]
    assert lines[-1].split() == ["a", "new", "one", "≤", "1", "ms", "–", "2", "–", "MISSED"]


def test_every_figure_has_a_name_of_its_own_by_which_it_is_found() -> None:
    names = [figure.name for module in registry.MEASURES for figure in module.FIGURES]
    assert len(set(names)) == len(names)
    assert all(name in {f.name for f in registry.chosen((name,))[0].FIGURES} for name in names)
    with pytest.raises(ValueError, match="there are streaming_cpu"):
        registry.chosen(("nothing",))


@pytest.mark.slow
@pytest.mark.parametrize("names", [("facts",), pytest.param(("facts", "history"), marks=LONG)])
def test_a_quick_bench_gives_a_finite_reading_for_its_figures(
    names: tuple[str, ...], tmp_path: Path, repository: Path
) -> None:
    out = tmp_path / "results.json"
    only = [word for name in names for word in ("--only", name)]
    words = [sys.executable, "-m", "benchmarks", "--quick", *only, "--out", str(out)]
    ended = subprocess.run(words, cwd=repository, capture_output=True, text=True, timeout=240)
    assert ended.returncode in (0, 1), ended.stderr
    result = json.loads(out.read_text())
    assert result["failed"] == [], ended.stderr
    wanted = [figure for module in registry.chosen(names) for figure in module.FIGURES]
    assert len(result["figures"]) + len(result["skipped"]) == len(wanted)
    assert all(math.isfinite(row["measured"]) and row["measured"] >= 0 for row in result["figures"])
    met = sum(row["met"] for row in result["figures"])
    assert ended.stdout.splitlines()[-1] == table.verdict(result["figures"])
    assert ended.returncode == (0 if met == len(result["figures"]) else 1)
    assert str(tmp_path) not in out.read_text()
