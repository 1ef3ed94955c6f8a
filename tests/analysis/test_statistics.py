"""What describes one figure over several runs."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import warnings

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chimera_tui.analysis.intervals import least_p, rank_test
from chimera_tui.analysis.statistics import describe, percentile

SIX = [10.0, 12.0, 11.0, 13.0, 9.0, 14.0]
FIGURES = st.floats(min_value=1e-3, max_value=1e6)
SOME = st.lists(st.none() | FIGURES | st.sampled_from([math.nan, math.inf]), max_size=12)
QUICK = settings(max_examples=40, deadline=None)


def test_the_figures_of_six_values_are_those_worked_out_by_hand() -> None:
    found = describe(SIX)
    assert (found.n, found.mean, found.median, found.min, found.max) == (6, 11.5, 11.5, 9.0, 14.0)
    assert found.sd == pytest.approx(math.sqrt(17.5 / 5))
    assert found.variation == pytest.approx(math.sqrt(3.5) / 11.5)
    assert (found.p50, found.p95, found.p99) == (11.5, None, None)
    assert found.caution == ""


def test_percentiles_are_linear_between_neighbours() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 50) == 2.5
    assert percentile(range(101), 95) == 95
    assert percentile([1.0, 2.0], 95) == pytest.approx(1.95)
    assert percentile([], 50) is None


@pytest.mark.parametrize(("n", "p95", "p99"), [(19, False, False), (20, True, False), (100, True, True)])
def test_a_far_percentile_needs_values_beyond_it(n: int, p95: bool, p99: bool) -> None:
    found = describe([float(value) for value in range(n)])
    assert (found.p95 is not None, found.p99 is not None) == (p95, p99)


def test_the_interval_is_that_of_scipy() -> None:
    from scipy.stats import bootstrap

    theirs = bootstrap(
        (sorted(SIX),), lambda x, axis: x.mean(axis=axis), n_resamples=9_999, method="BCa", random_state=20_251_113
    ).confidence_interval
    ours = describe(SIX).interval
    assert ours is not None
    assert (ours.low, ours.high, ours.method) == (theirs.low, theirs.high, "BCa")


def test_the_same_data_give_the_same_interval_in_any_order() -> None:
    assert describe(SIX).interval == describe(SIX[::-1]).interval


def test_values_that_are_all_equal_have_no_width_and_no_nan() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = describe([7.0] * 4)
    assert found.interval is not None
    assert (found.interval.low, found.interval.high, found.interval.method) == (7.0, 7.0, "constant")
    assert (found.sd, found.outliers) == (0.0, ())


@pytest.mark.parametrize(
    ("n", "says"),
    [
        (0, "no run reported it"),
        (1, "neither spread nor interval"),
        (2, "no interval"),
        (3, "no difference can be shown (p is at least 0.100)"),
        (4, "p is at least 0.0286"),
        (5, "p is at least 0.0079"),
    ],
)
def test_few_runs_say_what_can_not_be_concluded(n: int, says: str) -> None:
    found = describe(SIX[:n])
    assert says in found.caution
    assert (found.interval is None) == (n < 3)


def test_what_was_not_reported_is_counted_and_enters_nothing() -> None:
    found = describe([None, 10.0, math.nan, 12.0, math.inf, 11.0])
    assert (found.n, found.not_reported, found.mean) == (3, 3, 11.0)


def test_an_outlier_is_named_by_its_place_and_stays_in_the_mean() -> None:
    found = describe([10.0, None, 10.1, 9.9, 10.0, 20.0])
    assert [(each.place, each.value, each.percent) for each in found.outliers] == [(5, 20.0, 100.0)]
    assert found.mean == 12.0


def test_a_steady_fall_is_a_drift_and_noise_is_none() -> None:
    falling = describe([50.0, 49.0, 48.2, 47.0, 46.1, 45.0]).drift
    assert falling.direction == "falling"
    assert falling.slope_per_run == pytest.approx(-1.0, abs=0.05)
    assert falling.p == pytest.approx(2 / math.factorial(6))
    assert "not alike over time" in falling.words
    assert describe(SIX).drift.direction == "none"


def test_a_run_without_the_figure_keeps_its_place_in_time() -> None:
    assert describe([1.0, None, 3.0, 4.0, 5.0]).drift.slope_per_run == 1.0


def test_four_runs_in_perfect_order_are_no_drift_yet() -> None:
    drift = describe([1.0, 2.0, 3.0, 4.0]).drift
    assert (drift.slope_per_run, drift.p, drift.direction) == (1.0, None, "unknown")


@QUICK
@given(SOME)
@example([420316.0594072161] * 3)
def test_any_values_are_described_in_order(values: list[float | None]) -> None:
    found = describe(values)
    known = [value for value in values if value is not None and math.isfinite(value)]
    assert (found.n, found.not_reported) == (len(known), len(values) - len(known))
    assert all(values[each.place] == each.value for each in found.outliers)
    if found.mean is None or found.min is None or found.max is None or found.median is None:
        assert not known
        return
    assert found.min <= found.mean <= found.max
    assert found.median == statistics.median(known)
    if found.interval is not None:
        slack = 1e-9 * found.max
        assert found.min - slack <= found.interval.low <= found.interval.high <= found.max + slack


@QUICK
@given(st.lists(FIGURES, min_size=3, max_size=10), st.sampled_from([0.5, 2.0, 1024.0]))
def test_another_unit_changes_every_figure_by_its_factor(values: list[float], factor: float) -> None:
    first, second = describe(values), describe([value * factor for value in values])
    assert first.mean is not None
    assert second.mean == pytest.approx(first.mean * factor)
    assert [each.place for each in second.outliers] == [each.place for each in first.outliers]
    assert first.drift.p == second.drift.p


def test_the_least_p_is_reached_by_samples_that_do_not_overlap() -> None:
    for n, m in ((1, 1), (2, 3), (4, 4), (5, 7)):
        test = rank_test([float(value) for value in range(n)], [100.0 + value for value in range(m)])
        assert test is not None
        assert test.p == pytest.approx(least_p(n, m))


def test_tied_values_are_counted_out_in_full() -> None:
    test = rank_test([1.0, 2.0, 2.0], [2.0, 3.0, 4.0])
    assert test is not None
    assert test.method == "permutations"
    assert test.p == pytest.approx(2 * 3 / 20)  # 3 of 20 arrangements have a rank sum of 7 or less
    assert rank_test([], [1.0]) is None


def test_one_value_against_several_is_counted_out_even_when_tied() -> None:
    test = rank_test([2.0], [2.0, 3.0, 4.0])
    assert test is not None
    assert test.p == 1.0
    lowest = rank_test([1.0], [2.0, 3.0, 3.0, 4.0])
    assert lowest is not None
    assert lowest.p == pytest.approx(2 / 5)


FEW = st.lists(st.integers(min_value=0, max_value=4).map(float), min_size=1, max_size=6)


@QUICK
@given(FEW, FEW)
def test_the_rank_test_does_not_mind_ties_nor_which_side_is_which(first: list[float], second: list[float]) -> None:
    one, other = rank_test(first, second), rank_test(second, first)
    assert one is not None
    assert other is not None
    assert one.p == pytest.approx(other.p)
    assert least_p(len(first), len(second)) - 1e-9 <= one.p <= 1


def test_scipy_is_not_imported_before_it_is_needed() -> None:
    program = (
        "import sys\n"
        "import chimera_tui.analysis.compare, chimera_tui.analysis.series, chimera_tui.analysis.speedup\n"
        "print(*({'scipy', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
