"""A plan as text: cells, what is merged, orders, time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.campaign.cost import plan_view
from chimera_tui.commands.campaign_plan import print_plan
from chimera_tui.domain.campaign import KnownCell, PlanView
from tests.campaign.files import expanded

TOML = """
name = "layers"
scenario = "a-alone"
[matrix]
num_gpu = [20, 60, 80, 120]
temperature = [0.2, 0.8]
[[exclude]]
num_gpu = 120
temperature = 0.2
[repeats]
count = 4
warmup = 1
until_percent = 2
[limits]
time = "8h"
tokens = 2_000_000
run_time = "10m"
[cool_down]
below_c = 55
"""


@pytest.fixture
def view() -> PlanView:
    return plan_view(expanded(TOML), run_s=30.0, load_s=2.0)


def printed(view: PlanView, capsys: pytest.CaptureFixture[str]) -> str:
    print_plan(view)
    return capsys.readouterr().out


def test_a_plan_tells_cells_merging_order_and_time(view: PlanView, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(view, capsys)
    lines = out.splitlines()
    assert lines[:5] == [
        "campaign layers: 4 cells, 20 runs",
        "8 points as written, 1 excluded, 3 the same in effect as another one",
        "repeats: until ±2.00 % of the mean decode rate, 3 to 10 of a cell; saved runs go to cells that can not "
        "be told from the best",
        "limits: 8 h 00 m of runs, 2,000,000 tokens, 10 m 00 s for one run",
        "before each measured run: below 55 °C, or after 5 m 00 s",
    ]
    assert f"   3  {view.plan.cells[2].cell_id}  1+4   num_gpu 60 · temperature 0.2" in lines
    assert "cell 3, num_gpu 60 · temperature 0.2, is also" in lines
    assert "  num_gpu 80 · temperature 0.2: A: num_gpu 80 is all 35 layers, as 60 is" in lines
    assert "Mind" in lines
    assert "Measured before" not in lines


def test_the_chosen_order_is_marked_and_its_trade_is_told(
    view: PlanView, capsys: pytest.CaptureFixture[str]
) -> None:
    out = printed(view, capsys)
    loads = {order.grouping: order.reloads for order in view.orders}
    assert f"grouped (chosen)  {loads['grouped']:>11}" in out
    assert f"saves {loads['shuffled'] - loads['grouped']} model loads over all at random" in out
    assert "time of the whole campaign: about 10 m" in out
    assert "at most 20 runs of 30.0 s as measured before" in out


@pytest.mark.parametrize(
    ("grouping", "words"),
    [("shuffled", "Grouped would take"), ("sequential", "looks like an effect of the settings")],
)
def test_each_order_has_its_price(grouping: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(plan_view(expanded(f'{TOML}\n[order]\ngrouping = "{grouping}"\n')), capsys)
    assert words in out
    assert f"{grouping} (chosen)" in out
    assert "time of the whole campaign: not known (nothing alike was measured before)" in out


def test_cells_that_were_measured_before_are_told_with_their_runs(
    view: PlanView, capsys: pytest.CaptureFixture[str]
) -> None:
    known = KnownCell(view.plan.cells[1].cell_id, ("k3v9qa", "x9crtk", "r3", "r4", "r5", "r6", "r7"))
    out = printed(replace(view, known=(known,)), capsys)
    assert "   2     7  k3v9qa, x9crtk, r3, r4, r5 and 2 more" in out


def test_words_of_a_file_are_printable(view: PlanView, capsys: pytest.CaptureFixture[str]) -> None:
    cell = replace(view.plan.cells[0], label="\x1b[2J")
    out = printed(replace(view, plan=replace(view.plan, cells=(cell,))), capsys)
    assert "\x1b" not in out
    assert "\\x1b[2J" in out
