"""Figures of the fidelity bench, from stamps that are made up."""

from __future__ import annotations

import math

import pytest

from benchmarks.figures import Errors, Interval, Pair, Request, bootstrap, errors_of, paired, percentile, targets

MS = 1_000_000


def request(*, error_ns: int = 0, sent_ns: int = 0, tokens: int = 101, eval_ns: int = 1_000 * MS) -> Request:
    """A hundred gaps of 5 ms; each send takes 20 µs."""
    sends = tuple((at * 5 * MS, at * 5 * MS + 20_000) for at in range(2, tokens + 2))
    return Request(sent_ns, tuple(before + error_ns for before, _ in sends), sends, tokens, eval_ns)


def test_an_error_is_the_stamp_less_the_moment_before_the_send() -> None:
    errors = errors_of([request(error_ns=15_000), request(error_ns=60_000)])
    assert errors.tokens == 202
    assert errors.p50_ms == pytest.approx(0.0375)
    assert (errors.max_ms, errors.first_max_ms) == (0.06, 0.06)
    assert errors.send_p99_ms == 0.02


def test_only_what_lies_before_or_after_the_send_is_outside_it() -> None:
    assert max(request(error_ns=20_000).outside_ms) == 0
    assert max(request(error_ns=50_000).outside_ms) == 0.03
    assert max(request(error_ns=-10_000).outside_ms) == 0.01


def test_an_early_stamp_is_as_wrong_as_a_late_one() -> None:
    assert errors_of([request(error_ns=-30_000)]).p99_ms == 0.03


def test_tokens_that_were_read_together_are_counted() -> None:
    sends = ((10, 11), (20, 21), (30, 31), (40, 41))
    assert errors_of([Request(0, (10, 30, 30, 40), sends, 4, 30)]).shared == 1


def test_rates_and_ttft_follow_their_formulas() -> None:
    one = request(sent_ns=4 * MS, error_ns=1 * MS)
    assert one.decode_rate == pytest.approx(100.0)
    assert one.arrival_rate == pytest.approx(200.0)
    assert one.ttft_ms == pytest.approx(7.0)


def test_a_token_without_its_send_is_refused() -> None:
    with pytest.raises(ValueError, match="2 tokens came and 3 were sent"):
        Request(0, (1, 2), ((1, 1), (2, 2), (3, 3)), 3, 5)


@pytest.mark.parametrize(("share", "wanted"), [(0.0, 1.0), (0.5, 2.5), (0.99, 3.97), (1.0, 4.0)])
def test_percentiles_lie_between_ranks(share: float, wanted: float) -> None:
    assert percentile([4, 1, 3, 2], share) == pytest.approx(wanted)


def test_no_values_have_no_percentile() -> None:
    assert math.isnan(percentile([], 0.5))


def test_a_shift_of_every_pair_is_found_and_noise_about_zero_is_not() -> None:
    shifted = bootstrap([1.0, 1.2, 0.9, 1.1, 1.3, 0.8])
    assert not shifted.holds_zero and shifted.low > 0.8
    assert bootstrap([-0.3, 0.2, 0.1, -0.2, 0.25, -0.1]).holds_zero


def test_an_interval_is_the_same_every_time() -> None:
    assert bootstrap([1.0, 1.2, 0.9, 1.1]) == bootstrap([1.0, 1.2, 0.9, 1.1])


def test_equal_differences_are_a_point() -> None:
    assert bootstrap([0.5, 0.5, 0.5]) == Interval(0.5, 0.5, 0.5)


def test_pairs_are_compared_busy_less_bare() -> None:
    pairs = [Pair((request(eval_ns=1_000 * MS),), (request(eval_ns=1_250 * MS),)) for _ in range(3)]
    assert paired(pairs, "decode_rate").mean == pytest.approx(-20.0)
    assert paired(pairs, "decode_rate", relative=True).mean == pytest.approx(-20.0)
    assert paired(pairs, "ttft_ms").mean == 0


def test_each_target_can_be_missed() -> None:
    good, bad = (
        Errors(9, p50_ms=0.01, p99_ms=p99_ms, max_ms=3, first_max_ms=1, outside_p99_ms=0, shared=0, send_p99_ms=1)
        for p99_ms in (0.1, 0.11)
    )
    zero, off = Interval(0, -1, 1), Interval(2, 1, 3)
    assert [target.met for target in targets(good, zero, zero)] == [True, True, True]
    assert [target.met for target in targets(bad, off, off)] == [False, False, False]
