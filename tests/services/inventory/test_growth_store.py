from __future__ import annotations

import math
from itertools import pairwise
from statistics import median

import pytest

from chimera_tui.domain.rows import MOST_POINTS
from chimera_tui.services.inventory.growth_columns import Batch, Numbers
from chimera_tui.services.inventory.growth_store import GrowthStore

S = 1_000_000_000
BEGIN = 1_763_146_443 * S


def batch(*values: float, times: list[int | None] | None = None, name: str = "rate", others: int = 0) -> Batch:
    told = {} if times is None else {"timestamp": times}
    return Batch(len(values), {name: Numbers(list(values), others, "tok/s")}, told)


def test_figures_are_of_all_rows_and_points_over_their_numbers() -> None:
    store = GrowthStore()
    store.add(batch(3.0, 1.0, math.nan, 2.0))
    series = store.series("rate", "row", 100)
    assert series.points == ((1, 3.0), (2, 1.0), (4, 2.0))
    assert (series.count, series.min, series.median, series.max, series.last) == (3, 1.0, 2.0, 3.0, 2.0)
    assert series.unit == "tok/s" and store.rows == 4


def test_a_column_that_comes_later_has_no_values_before() -> None:
    store = GrowthStore()
    store.add(batch(1.0, 2.0))
    store.add(batch(5.0, name="late"))
    assert store.series("late", "row", 9).points == ((3, 5.0),)
    assert store.series("rate", "row", 9).points == ((1, 1.0), (2, 2.0))


def test_a_column_of_mostly_other_things_is_none_of_numbers() -> None:
    store = GrowthStore()
    store.add(batch(1.0, math.nan, math.nan, others=2))
    assert store.columns() == []
    store.add(batch(1.0))
    assert [(column.name, column.count, column.others) for column in store.columns()] == [("rate", 2, 2)]


def test_all_newest_rows_stay_and_older_ones_thin_evenly() -> None:
    store = GrowthStore()
    rows = 3 * MOST_POINTS
    for begin in range(0, rows, 700):
        store.add(batch(*map(float, range(begin, min(begin + 700, rows)))))
    points = store.series("rate", "row", MOST_POINTS).points
    numbers = [x for x, _ in points]
    assert len(points) <= MOST_POINTS and all(value == x - 1 for x, value in points)
    newest = MOST_POINTS // 2
    assert numbers[-newest:] == list(range(rows - newest + 1, rows + 1))
    oldest = numbers[:1_000]
    assert {after - before for before, after in pairwise(oldest)} == {store.thinned_by}
    series = store.series("rate", "row", 9)
    assert (series.count, series.min, series.max, series.last) == (rows, 0.0, rows - 1.0, rows - 1.0)
    assert series.kept == len(points) and series.median == median(value for _, value in points)


def test_fewer_points_keep_every_peak() -> None:
    store = GrowthStore()
    values = [10.0] * 5_000
    values[1_234], values[4_321] = 99.0, -7.0
    store.add(batch(*values))
    points = store.series("rate", "row", 100).points
    assert len(points) <= 100
    assert (1_235, 99.0) in points and (4_322, -7.0) in points
    assert list(points) == sorted(points)


def test_a_column_of_times_is_the_axis_in_its_own_order() -> None:
    store = GrowthStore()
    store.add(batch(1.0, 2.0, 3.0, times=[BEGIN + 20 * S, BEGIN, None]), BEGIN)
    store.add(batch(4.0, times=[BEGIN + 30 * S]), BEGIN + 40 * S)
    assert store.time_column == ""  # a quarter of its cells is empty
    for second in range(60):
        store.add(batch(5.0, times=[BEGIN + (40 + second) * S]), BEGIN)
    assert store.axes()[0] == "time"
    assert store.series("rate", "time", 99).points[:3] == (
        (BEGIN, 2.0),
        (BEGIN + 20 * S, 1.0),
        (BEGIN + 30 * S, 4.0),
    )


def test_a_time_that_is_the_same_for_all_rows_is_no_axis() -> None:
    store = GrowthStore()
    store.add(batch(1.0, 2.0, 3.0, times=[BEGIN] * 3))
    assert store.axes() == ["row"]


def test_rows_that_were_seen_to_come_stand_over_time_once_they_are_most() -> None:
    store = GrowthStore()
    store.add(batch(1.0, 2.0))
    assert store.axes() == ["row"]
    store.add(batch(3.0), BEGIN)
    assert store.axes() == ["row"]
    store.add(batch(4.0), BEGIN + S)
    assert store.axes() == ["row", "appeared"]
    store.add(batch(5.0), BEGIN + 2 * S)
    assert store.axes() == ["appeared", "row"]
    assert store.series("rate", "appeared", 9).points == ((BEGIN, 3.0), (BEGIN + S, 4.0), (BEGIN + 2 * S, 5.0))


def test_rows_per_minute_are_those_of_the_last_five_minutes() -> None:
    store = GrowthStore()
    assert store.rows_per_minute() is None
    for second in range(0, 3_000, 60):
        store.add(batch(1.0), BEGIN + second * S)
    assert store.rows_per_minute() == pytest.approx(1.0)
    for _ in range(2):
        store.add(batch(1.0, 1.0, 1.0), BEGIN + 3_000 * S)
    # six rows a minute after the last five, the one that begins them not counted
    assert store.rows_per_minute() == pytest.approx((4 + 6) / 5)
