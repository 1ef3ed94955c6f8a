"""A run that could show no disturbance is told from a clean one wherever runs are listed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui.groups import Sides, sides
from chimera_tui.tui.run_details import run_lines
from chimera_tui.tui.widgets.history_columns import columns_for, row_line
from chimera_tui.tui.widgets.lines import Line
from chimera_tui.tui.widgets.run_line import run_line
from tests.tui.scripted_history import CACHED, COLD, outcome, run

VERDICT = "not known whether anything disturbed it: the server left counters out"


def blind(run_id: str, age_minutes: int = 0) -> RunSummary:
    """A server that did not say how long it loaded."""
    known = outcome(AgentId.A)
    requests = tuple(replace(each, server=replace(each.server, load_ns=None)) for each in known.requests)
    return run(run_id, age_minutes, agents=(replace(known, requests=requests), outcome(AgentId.B)))


def text(lines: list[Line]) -> str:
    return "\n".join("".join(cell for cell, _ in line) for line in lines)


def test_the_history_marks_it_in_the_place_of_the_flags() -> None:
    columns = columns_for(80)
    cells = {each.run_id: text([row_line(each, columns, marked=False)]) for each in (blind("blind"), run("calm"))}
    assert cells["blind"].rstrip().endswith("?")
    assert "?" not in cells["calm"]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_the_line_below_the_history_and_the_details_say_why(width: int) -> None:
    told = replace(blind("blind"), flags=(CACHED,))
    assert f"? {VERDICT}" in text(run_line(told, width))
    assert VERDICT in " ".join(text(run_lines(told, width)).split())
    assert "none keeps it out of comparisons" not in text(run_lines(told, width))
    clean = replace(run("calm"), flags=(CACHED,))
    assert "not known" not in text(run_line(clean, width)) + text(run_lines(clean, width))
    assert "none keeps it out of comparisons" in text(run_lines(clean, width))


def test_what_is_known_to_have_disturbed_it_or_ended_it_says_enough() -> None:
    assert "?" not in text(run_line(replace(blind("cold"), flags=(COLD,)), 120))
    assert "?" not in text(run_line(run("failed", state=RunState.FAILED), 120))


def test_it_is_passed_over_for_the_nearest_run_that_counts() -> None:
    runs = [run("newest"), blind("blind", 1), run("calm", 2)]
    found = sides(runs[0], (), runs)
    assert isinstance(found, Sides) and found.a == ("calm",)
