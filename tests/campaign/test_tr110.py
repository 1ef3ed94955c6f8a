"""The older sweep of 30 configurations, written as a campaign file: how many of them are the same in effect."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from chimera_tui.campaign.cost import orders_cost
from chimera_tui.campaign.matrix import Expanded
from tests.campaign.files import expanded

FILE = Path(__file__).parent / "tr110.toml"
REPORT = Path("corpus", "reports", "legacy_tr_mirrors", "Technical_Report_110.md")

GRID = [f"num_gpu {gpu} · num_ctx {ctx}" for gpu, ctx in itertools.product((60, 80, 120), (512, 1024))]
PAIRS = ("60/512 with 80/1024", "60/1024 with 80/2048", "80/512 with 100/1024", "80/1024 with 100/2048",
         "120/512 with 140/1024", "120/1024 with 140/2048")  # fmt: skip
PHASE_2 = itertools.product((512, 1024, 2048), ("0.6", "0.8", "1.0"))

TESTS = {
    **{f"baseline-vs-tuned · {point}": number for number, point in enumerate(GRID, start=1)},
    **{f"different · pair {pair}": number for number, pair in enumerate(PAIRS, start=7)},
    **{f"equal · {point}": number for number, point in enumerate(GRID, start=13)},
    **{
        f"equal · num_gpu 80 · num_ctx {ctx} · temperature {temperature}": number
        for number, (ctx, temperature) in enumerate(PHASE_2, start=100)
    },
    **{str(number): number for number in (200, 201, 202)},
}
"""What our plan calls each of the report's tests."""

# By hand: gemma3 has 34 blocks, so that 60, 80, 100, 120 and 140 layers are all 35 of them. What is left is the
# scenario, the contexts, and the temperature, which is 0.8 wherever the report does not name it.
SAME_BY_HAND = [
    {1, 3, 5, 202},  # baseline against 512
    {2, 4, 6},  # baseline against 1024
    {13, 15, 17, 101, 200},  # equal, 512 at 0.8
    {14, 16, 18, 104},  # equal, 1024 at 0.8
    {7, 9, 11, 201},  # 512 and 1024
    {8, 10, 12},  # 1024 and 2048
    {100},  # equal, 512 at 0.6
    {102},  # 512 at 1.0
    {103},  # 1024 at 0.6
    {105},  # 1024 at 1.0
    {106},  # 2048 at 0.6
    {107},  # 2048 at 0.8
    {108},  # 2048 at 1.0
]


@pytest.fixture(scope="module")
def sweep() -> Expanded:
    return expanded(FILE.read_text())


def test_thirty_configurations_are_thirteen_in_effect(sweep: Expanded) -> None:
    same = [{TESTS[cell.label], *(TESTS[each.label] for each in cell.merged)} for cell in sweep.plan.cells]
    assert (sweep.points, sweep.excluded, len(sweep.plan.cells)) == (30, 0, 13)
    assert same == SAME_BY_HAND
    assert set().union(*same) == set(TESTS.values())


def test_it_is_said_why_each_of_the_other_seventeen_is_the_same(sweep: Expanded) -> None:
    first, _, equal, *_ = sweep.plan.cells
    assert [(each.label, each.why) for each in first.merged] == [
        ("baseline-vs-tuned · num_gpu 80 · num_ctx 512", ("B: num_gpu 80 is all 35 layers, as 60 is",)),
        ("baseline-vs-tuned · num_gpu 120 · num_ctx 512", ("B: num_gpu 120 is all 35 layers, as 60 is",)),
        ("202", ("B: num_gpu 80 is all 35 layers, as 60 is",)),
    ]
    assert equal.merged[0].why == ("A and B: num_gpu 80 is all 35 layers, as 60 is",)
    assert all(each.why for cell in sweep.plan.cells for each in cell.merged)
    assert any(note.startswith("17 of 30 points are the same in effect") for note in sweep.plan.notes)


def test_a_baseline_leaves_its_options_to_the_server(sweep: Expanded) -> None:
    baseline = sweep.plan.cells[0]
    assert [settings.options.requested() for settings in baseline.settings] == [
        {},
        {"num_gpu": 60, "num_ctx": 512, "temperature": 0.8},
    ]
    assert [settings.host[-5:] for settings in baseline.settings] == ["11434", "11435"]
    assert baseline.value("temperature") == "0.8"  # not set by the point, and an axis all the same


def test_without_the_models_shape_only_what_was_written_twice_is_one_cell() -> None:
    plan = expanded(FILE.read_text(), None).plan
    merged = {frozenset({TESTS[cell.label], *(TESTS[each.label] for each in cell.merged)}) for cell in plan.cells}
    assert {each for each in merged if len(each) > 1} == {
        frozenset({3, 202}),
        frozenset({15, 101, 200}),
        frozenset({16, 104}),
    }
    assert any("is not known" in note and "num_gpu" in note for note in plan.notes)


def test_blocks_of_all_cells_cost_more_loads_than_cell_after_cell(sweep: Expanded) -> None:
    loads = {order.grouping: order.reloads for order in orders_cost(sweep.plan, None)}
    assert loads["sequential"] < loads["grouped"] < loads["shuffled"]


def test_the_file_asks_for_what_the_report_tells(shared_dir: Path) -> None:
    """Layers, contexts and temperatures of every test, read from the report's tables."""
    told: dict[int, list[str]] = {}
    for line in (shared_dir / REPORT).read_text().splitlines():
        cells = [cell.strip(" *") for cell in line.strip("| ").split("|")]
        if cells[0].isdigit() and any(re.fullmatch(r"[\d.]+x", cell) for cell in cells):
            told[int(cells[0])] = list(itertools.takewhile(lambda cell: not cell.endswith("x"), cells[1:]))
    assert set(told) == set(TESTS.values())
    asked = {number: re.findall(r"\d+(?:\.\d+)?", label) for label, number in TESTS.items() if number < 200}
    asked |= {number: values[1:] for number, values in asked.items() if number >= 100}  # all at num_gpu 80
    assert {number: told[number] for number in asked} == asked
    assert told[200] == ["chimera_homo", "80", "512", "0.8"]
    assert told[201] == ["80", "512", "80", "1024"]
    assert told[202] == ["80", "512"]
