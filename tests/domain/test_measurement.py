"""What a measurement says of its values."""

from __future__ import annotations

import pytest

from chimera_tui.domain.measurement import Aggregate, Measurement, Place, Source, Subject


def made(samples: tuple[float, ...] = (), aggregate: Aggregate | None = None) -> Measurement:
    return Measurement(
        "TTFT",
        "ttft",
        "ms",
        "",
        Source("tool", "csv"),
        Subject(),
        Place("x"),
        samples=samples,
        aggregate=aggregate,
    )


def test_what_is_stated_goes_before_what_the_samples_give() -> None:
    stated = made((1.0, 3.0), Aggregate(mean=5.0, sd=0.5, sd_kind="population"))
    assert (stated.mean, stated.sd, stated.sd_kind) == (5.0, 0.5, "population")


def test_samples_alone_have_a_mean_and_a_deviation_over_n_less_one() -> None:
    alone = made((1.0, 2.0, 6.0))
    assert alone.mean == 3.0
    assert alone.sd == pytest.approx(7**0.5)
    assert alone.sd_kind == "sample"
    assert made((1.0,)).sd is None
    assert made().mean is None


def test_the_median_is_the_one_that_is_stated_or_that_of_the_samples() -> None:
    assert made((1.0, 9.0, 2.0)).median == 2.0
    assert made((4.0, 1.0)).median == 2.5
    assert made((1.0, 9.0), Aggregate(median=3.0, percentiles=((50.0, 1.0),))).median == 3.0
    assert made((1.0, 9.0), Aggregate(mean=5.0)).median is None
    assert made().median is None


def test_a_deviation_that_a_file_does_not_state_is_not_made_up() -> None:
    assert made((1.0, 3.0), Aggregate(mean=2.0)).sd is None


def test_a_place_says_what_is_known_of_it() -> None:
    assert Place("out.csv", 3, "avg_ts").words() == "out.csv, line 3, avg_ts"
    assert Place("out.json", path="[2].avg_ts").words() == "out.json, [2].avg_ts"
    assert Place("", 7).words() == "line 7"


def test_an_aggregate_of_nothing_is_empty() -> None:
    assert Aggregate().is_empty
    assert not Aggregate(low=0.0).is_empty
    assert not Aggregate(percentiles=((50.0, 1.0),)).is_empty
