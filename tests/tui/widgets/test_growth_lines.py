from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from rich.cells import cell_len

from chimera_tui.domain.rows import Axis, Growth, GrowthColumn, GrowthSeries
from chimera_tui.tui.widgets.growth_lines import growth_lines
from chimera_tui.tui.widgets.growth_state import OWN_RATE, OWN_TTFT, GrowthState
from tests.tui.scripted import STARTED
from tests.tui.scripted_history import run

S = 1_000_000_000
MINUTE = 60 * S
BEGIN = round(datetime(2026, 11, 21, 20, 0, tzinfo=UTC).timestamp()) * S
HOSTILE = "\x1b]52;c;aGk=\x07[bold]x\u202e"


def series(name: str, unit: str, values: list[float], axis: Axis = "time") -> GrowthSeries:
    points = tuple((BEGIN + index * MINUTE if axis != "row" else index + 1, v) for index, v in enumerate(values))
    ordered = sorted(values)
    return GrowthSeries(
        name,
        unit,
        points,
        len(values),
        ordered[0],
        ordered[len(values) // 2],
        ordered[-1],
        values[-1],
        len(values),
    )


def growth(*told: GrowthSeries, axis: Axis = "time", notes: tuple[str, ...] = ()) -> Growth:
    told = told or (series("rate", "tok/s", [40.0, 42.0, 41.0], axis),)
    columns = tuple(GrowthColumn(each.name, each.unit, each.count, 0) for each in told)
    return Growth(
        "reports/a.csv", "csv", 3, columns, told, axis, ("time", "row"), "timestamp", 0, 1.0,
        BEGIN + 2 * MINUTE, BEGIN + 2 * MINUTE + S, notes=notes,
    )  # fmt: skip


def state(*told: GrowthSeries, axis: Axis = "time", notes: tuple[str, ...] = ()) -> GrowthState:
    made = GrowthState()
    made.take(growth(*told, axis=axis, notes=notes), 100.0)
    return made


def text(plotted: GrowthState, now_s: float = 100.0, size: tuple[int, int] = (80, 22)) -> str:
    lines = ["".join(part for part, _ in line) for line in growth_lines(plotted, now_s, *size)]
    assert len(lines) <= size[1] and all(cell_len(line) <= size[0] for line in lines)
    return "\n".join(line.rstrip() for line in lines)


def test_a_column_is_told_with_its_figures_scale_time_and_pace() -> None:
    shown = text(state())
    for words in (
        "rate · tok/s · column 1 of 1",
        "last 41.0 · median 41.0 · min 40.0 · max 42.0 tok/s · 3 values",
        "20:00:00",
        "20:02:00",
        "3 rows · 1.00 rows per minute · grows",
        "over time (UTC), by the column timestamp",
    ):
        assert words in shown, words
    assert shown.count("│") >= 10


def test_the_other_column_stands_below_it_over_the_same_axis() -> None:
    plotted = state(series("rate", "tok/s", [40.0, 42.0]), series("ttft", "ms", [200.0, 900.0]))
    assert "ttft" not in text(plotted)
    plotted.step_beside(1)
    assert plotted.wanted == ("rate", "ttft")
    shown = text(plotted)
    assert "ttft · ms · beside it" in shown and shown.count("20:00:00") == 1
    assert {"200", "900", "40.0", "42.0"} <= set(shown.replace("│", " ").split())


def test_columns_of_one_unit_have_one_scale() -> None:
    plotted = state(series("p50", "ms", [10.0, 20.0]), series("p99", "ms", [80.0, 90.0]))
    plotted.step_beside(1)
    scale = [line.partition("│")[0].strip() for line in text(plotted).splitlines() if "│" in line]
    assert [each for each in scale if each] == ["90.0", "10.0", "90.0", "10.0"]


def test_our_own_runs_stand_beside_it_as_letters() -> None:
    plotted = state()
    plotted.runs = [run("k3v9qa"), run("aaaaaa", age_minutes=90)]
    plotted.step_beside(1)
    assert plotted.beside_name == OWN_RATE
    shown = text(plotted)
    assert "our decode rate · tok/s · beside it" in shown and "2 at other times" in shown
    plots = [line.partition("│")[2] for line in shown.splitlines() if "│" in line]
    assert any(set(line) & set("AB*") for line in plots)
    plotted.step_beside(1)
    assert plotted.beside_name == OWN_TTFT and "our TTFT · ms" in text(plotted)
    plotted.step_beside(1)
    assert plotted.beside_name == "" and plotted.wanted == ("rate",)


def test_our_ttft_has_the_unit_of_the_column() -> None:
    plotted = state(series("ttft_s", "s", [0.2, 0.3]))
    plotted.runs = [replace(run("k3v9qa"), simulated=True)]
    plotted.step_beside(-1)
    own = plotted.own
    assert own is not None and own.unit == "s" and own.marks[0][1] == pytest.approx(0.5765)
    assert "SIMULATED" in text(plotted)


def test_runs_that_can_not_be_shown_are_told() -> None:
    plotted = state()
    plotted.step_beside(1)
    assert "reading …" in text(plotted)
    plotted.runs = [replace(run("k3v9qa"), started_utc=STARTED + timedelta(days=9))]
    assert "none of our runs was made at this time · 2 at other times" in text(plotted)
    by_row = state(axis="row")
    by_row.step_beside(1)
    assert "our runs stand over time" in text(by_row)


def test_it_says_since_when_nothing_comes_and_only_by_the_minute() -> None:
    plotted = state()
    assert "grows" in text(plotted, now_s=130.0)
    told = [text(plotted, now_s=100.0 + seconds) for seconds in (721, 733, 745)]
    assert "stands since 12 min" in told[0] and len(set(told)) == 1
    assert "stands since 3 h" in text(plotted, now_s=100.0 + 3 * 3_600)


def test_a_slow_file_grows_as_long_as_its_usual_pause() -> None:
    plotted = state()
    assert plotted.growth is not None
    plotted.take(replace(plotted.growth, rows_per_minute=0.5), 100.0)
    assert "grows" in text(plotted, now_s=100.0 + 300)
    assert "stands" in text(plotted, now_s=100.0 + 400)


def test_nothing_is_said_for_nothing() -> None:
    assert "reading …" in text(GrowthState())
    assert "! no such file" in text(GrowthState(error="no such file"))
    empty = GrowthState()
    empty.take(replace(growth(), rows=0, columns=(), series=(), grown_ns=0, rows_per_minute=None), 0.0)
    shown = text(empty)
    assert "no rows yet" in shown and "nothing in it yet" in shown and "minute" not in shown
    gone = state()
    gone.gone = "deleted: what is drawn was there"
    assert "! deleted" in text(gone)


@pytest.mark.parametrize("size", [(80, 22), (200, 48), (40, 8), (20, 3), (1, 1)])
def test_every_line_fits_whatever_is_in_the_file(size: tuple[int, int]) -> None:
    long = "x" * 300
    plotted = state(
        series(f"{HOSTILE}{long}", HOSTILE, [1.0, 2.0]),
        series(long, "ms", [3.0, 4.0]),
        notes=(HOSTILE, long, long),
    )
    plotted.step_beside(1)
    shown = text(plotted, size=size)
    assert "\x1b" not in shown and "\u202e" not in shown


def test_a_column_that_is_gone_is_not_held_to() -> None:
    plotted = state(series("rate", "tok/s", [40.0]), series("ttft", "ms", [200.0]))
    plotted.step_column(1)
    plotted.step_beside(1)
    assert plotted.chosen == "ttft" and plotted.beside_name == "rate"
    plotted.take(growth(series("other", "", [1.0])), 100.0)
    assert plotted.chosen == "other" and plotted.beside_name == ""


def test_thinned_medians_are_marked() -> None:
    plotted = state(replace(series("rate", "tok/s", [40.0, 41.0]), count=90_000))
    assert "median ≈41.0" in text(plotted)


def test_a_new_row_moves_nothing_that_is_drawn_until_the_axis_gets_longer() -> None:
    values = [40.0 + n % 7 for n in range(200)]
    shown = [text(state(series("rate", "tok/s", values[:count]))) for count in (198, 199, 200)]
    plots = [[line.partition("│")[2].ljust(80) for line in each.splitlines() if "│" in line] for each in shown]
    for before, after in pairwise(plots):
        cells = zip("".join(before), "".join(after), strict=True)
        assert sum(old != new for old, new in cells) < 10


def test_what_stands_still_is_drawn_to_the_end_of_its_axis() -> None:
    plotted = state(series("rate", "tok/s", [40.0 + n % 7 for n in range(100)]))
    assert "21:39:00" in text(plotted, now_s=100.0 + 3_600)
    assert "21:39:00" not in text(plotted)
