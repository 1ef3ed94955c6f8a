"""Which values are said to lie far off, and how seldom chance alone does that."""

from __future__ import annotations

import random
import statistics

import pytest

from chimera_tui.analysis.drift import drift_of
from chimera_tui.analysis.outliers import Outlier, outliers_of


def test_a_value_far_off_is_told_with_its_distance_from_the_others() -> None:
    assert outliers_of([50.0, 50.1, 49.9, 50.0, 80.0]) == (Outlier(4, 80.0, 50.0, 60.0),)
    (below,) = outliers_of([50.0, 20.0, 50.1, 49.9, 50.0, 50.05])
    assert (below.place, below.percent) == (1, pytest.approx(-60.0))


def test_one_odd_value_among_equal_ones_is_an_outlier_from_five_values_on() -> None:
    assert [each.place for each in outliers_of([5.0] * 6 + [6.0])] == [6]
    assert outliers_of([5.0, 5.0, 5.0, 6.0]) == ()


def test_what_differs_by_less_than_a_twentieth_is_none_however_alike_the_others_are() -> None:
    assert outliers_of([34.7, 34.7, 34.7, 34.7, 34.9]) == ()
    assert outliers_of([100.0] * 9 + [104.9]) == ()
    assert len(outliers_of([100.0] * 9 + [105.1])) == 1


def test_two_outliers_do_not_hide_each_other_among_many() -> None:
    values = [50.0, 50.1, 49.9, 50.05, 49.95, 50.02, 49.97, 50.04, 90.0, 91.0]
    assert [each.place for each in outliers_of(values)] == [8, 9]
    assert outliers_of([50.0, 50.1, 49.9, 50.0, 90.0, 91.0]) == ()  # two of six are another state


def test_outliers_of_a_figure_around_zero_have_no_percentage() -> None:
    (found,) = outliers_of([0.0, 0.0, 0.0, 0.0, 0.0, 3.0])
    assert found.percent is None


@pytest.mark.parametrize("n", [5, 6, 10, 20])
def test_noise_without_any_oddity_is_left_in_peace(n: int) -> None:
    """The rate is 0.1 % for outliers and 0.3 % for drift; the rule before this one told 20 % at five values."""
    source = random.Random(n)
    samples = [[source.gauss(100.0, 10.0) for _ in range(n)] for _ in range(600)]
    assert sum(bool(outliers_of(values)) for values in samples) <= 6
    drifts = [drift_of(range(n), values, statistics.median(values)) for values in samples]
    assert sum(drift.direction in ("rising", "falling") for drift in drifts) <= 8


def test_a_steady_move_that_is_too_small_to_matter_is_no_drift() -> None:
    values = [100.0 + 0.2 * place for place in range(8)]
    drift = drift_of(range(8), values, statistics.median(values))
    assert drift.direction == "none"
    assert drift.words == "drift: none that matters, 1.39 % from first to last (p < 0.001)"
