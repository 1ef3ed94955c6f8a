from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.domain.metrics import Offload, RequestMetrics, total_of
from chimera_tui.domain.timings import ClientTimings, ServerTimings

MS = 1_000_000


def metrics(server: ServerTimings, ttft_ms: float | None = 100.0, last_ms: float = 1_100.0) -> RequestMetrics:
    first = None if ttft_ms is None else 1_000 * MS + int(ttft_ms * MS)
    last = None if first is None else 1_000 * MS + int(last_ms * MS)
    return RequestMetrics("analysis", server, ClientTimings(1_000 * MS, first, first, last, last, 10), "stop")


COLD = ServerTimings(2_423_865_159, 770_779_624, 68, None, 360_888_000, 40, 1_284_620_000)
"""A cold start as a real server counted it (TTFT on the client's clock was 1178.366 ms)."""


def test_decode_rate_leaves_the_first_token_out_and_throughput_does_not() -> None:
    request = metrics(COLD)
    assert request.decode_rate == pytest.approx(39 / 1.28462)
    assert request.throughput == pytest.approx(40 / 1.28462)


def test_one_token_has_no_rate() -> None:
    request = metrics(ServerTimings(1_129_951_342, 844_744_519, 68, None, 278_557_000, 1, 1_000))
    assert request.decode_rate is None and request.throughput is None and request.tpot_ns is None


def test_queue_is_what_no_field_names() -> None:
    waited = metrics(
        ServerTimings(32_459_474_455, 1_190_707, 82, None, 271_987_000, 60, 7_671_482_000), 24_791.083
    )
    assert waited.queue_ns == 32_459_474_455 - 1_190_707 - 271_987_000 - 7_671_482_000
    parts = waited.ttft_parts
    assert parts is not None and parts.queue_ns > 24_000 * MS and parts.clamped_ns == 0


def test_a_reload_lands_in_load_and_not_in_queue() -> None:
    waited = metrics(
        ServerTimings(15_049_950_895, 12_442_858_503, 82, None, 325_313_000, 60, 2_277_952_000), 12_780.677
    )
    parts = waited.ttft_parts
    assert parts is not None and parts.load_ns == 12_442_858_503 and parts.queue_ns < 10 * MS


counters = st.one_of(st.none(), st.integers(-5, 5), st.integers(-(10**6), 10**12), st.just(10**400))
stamps = st.one_of(st.none(), st.integers(0, 10**12))


@st.composite
def any_request(draw: st.DrawFn) -> RequestMetrics:
    """Whatever a server and a clock can come up with: missing, zero, negative and absurd counters, steps back."""
    server = ServerTimings(*(draw(counters) for _ in range(7)))
    first, answer, last, closed = (draw(stamps) for _ in range(4))
    client = ClientTimings(draw(st.integers(0, 10**12)), first, answer, last, closed, draw(st.integers(0, 9)))
    return RequestMetrics("analysis", server, client, draw(st.sampled_from([None, "stop", "length"])))


@given(any_request())
def test_the_parts_of_ttft_always_sum_to_the_whole(request: RequestMetrics) -> None:
    parts, server = request.ttft_parts, request.server
    if parts is None:
        told = (server.total_ns, server.prompt_ns, server.eval_ns)
        missing = any(value is None or not 0 < value < 2**63 for value in told)
        missing |= server.load_ns is None or not 0 <= server.load_ns < 2**63
        assert missing or request.ttft_ns is None
        return
    pieces = (parts.queue_ns, parts.load_ns, parts.prefill_ns, parts.first_decode_ns, parts.rest_ns)
    assert sum(pieces) == request.ttft_ns
    assert min(*pieces, parts.clamped_ns) >= 0


@given(st.lists(any_request(), max_size=4))
def test_a_derived_figure_is_a_believable_number_or_not_reported(requests: list[RequestMetrics]) -> None:
    for request in requests:
        spans = (request.ttft_ns, request.first_answer_ns, request.tpot_ns, request.decode_step_ns)
        rates = (request.decode_rate, request.throughput, request.prefill_rate, request.arrival_rate)
        assert all(value is None or value > 0 for value in spans)
        assert all(value is None or 0 < value < 1_000_000 for value in rates)
        assert request.queue_ns is None or request.queue_ns >= 0
    totals = total_of(requests)
    rates = (totals.decode_rate, totals.throughput, totals.mean_of_rates, None)
    assert all(value is None or 0 < value < 100_000 for value in rates)
    assert all(value is None or value >= 0 for value in (totals.tokens, totals.total_ns, totals.queue_ns))
    assert totals.mean_ttft_ns is None or totals.mean_ttft_ns > 0


def test_parts_that_overrun_the_servers_own_total_are_counted() -> None:
    request = metrics(ServerTimings(500 * MS, 10 * MS, 60, None, 200 * MS, 40, 300 * MS), 260)
    parts = request.ttft_parts
    assert request.queue_ns == 0
    assert parts is not None and (parts.queue_ns, parts.clamped_ns) == (0, 10 * MS)


@pytest.mark.parametrize("lacks", [{"load_ns": None}, {"prompt_ns": None}, {"prompt_ns": 0}, {"total_ns": 0}])
def test_without_one_of_the_counters_there_is_no_queue(lacks: dict[str, int | None]) -> None:
    request = metrics(replace(COLD, **lacks))
    assert request.queue_ns is None and request.ttft_parts is None
    assert request.decode_rate is not None


def test_a_clock_that_steps_back_leaves_no_ttft() -> None:
    stepped = RequestMetrics("analysis", COLD, ClientTimings(2_000, 1_000, 1_000, 500, 400, 40), "stop")
    assert (stepped.ttft_ns, stepped.first_answer_ns, stepped.tpot_ns, stepped.arrival_rate) == (None,) * 4
    assert stepped.ttft_parts is None


@pytest.mark.parametrize(
    ("tokens", "eval_ns"), [(0, 10**9), (1, 1_000), (40, 0), (40, 1_000), (None, 10**9), (40, None)]
)
def test_counters_that_are_no_decoding_give_no_rate(tokens: int | None, eval_ns: int | None) -> None:
    request = metrics(replace(COLD, eval_tokens=tokens, eval_ns=eval_ns))
    assert request.decode_rate is None and request.throughput is None and request.decode_step_ns is None
    totals = total_of([request])
    assert totals.decode_rate is None and totals.throughput is None and totals.mean_of_rates is None


def test_prefill_rate_is_withheld_unless_the_server_says_what_was_cached() -> None:
    cached = ServerTimings(prompt_tokens=27, prompt_ns=470_000)
    assert metrics(cached).prefill_rate is None
    told = ServerTimings(prompt_tokens=100, prompt_cached_tokens=60, prompt_ns=400 * MS)
    assert metrics(told).prefill_rate == pytest.approx(100.0)


def test_what_was_not_reported_is_none_and_never_zero() -> None:
    request = metrics(ServerTimings(), ttft_ms=None)
    values = (request.ttft_ns, request.queue_ns, request.ttft_parts, request.decode_rate, request.throughput)
    assert values == (None,) * 5
    totals = total_of([request])
    assert (totals.tokens, totals.total_ns, totals.decode_rate, totals.mean_ttft_ns) == (None,) * 4
    assert total_of([]).mean_of_rates is None


def test_an_agents_rate_is_total_tokens_over_total_time_and_the_mean_of_rates_stands_beside() -> None:
    fast = metrics(ServerTimings(eval_tokens=101, eval_ns=1_000 * MS), 100)
    slow = metrics(ServerTimings(eval_tokens=11, eval_ns=1_000 * MS), 300)
    totals = total_of([fast, slow])
    assert totals.decode_rate == pytest.approx(110 / 2.0)
    assert totals.throughput == pytest.approx(112 / 2.0)
    assert totals.mean_of_rates == pytest.approx((101 + 11) / 2)
    assert totals.mean_ttft_ns == pytest.approx(200 * MS)


@pytest.mark.parametrize(
    ("requested", "blocks", "effect"),
    [(60, 34, 35), (80, 34, 35), (20, 34, 20), (None, 34, None), (-1, 34, None), (5, None, None)],
)
def test_layers_in_effect_never_exceed_what_the_model_has(
    requested: int | None, blocks: int | None, effect: int | None
) -> None:
    assert Offload(requested, blocks).layers_in_effect == effect


def test_the_measured_share_needs_a_size() -> None:
    assert Offload(80, 34, 1_000, 250).measured_share == 0.25
    assert Offload(80, 34, 0, 0).measured_share is None
    assert Offload(80, 34).measured_share is None
