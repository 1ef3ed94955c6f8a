from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.analysis.causes import classify
from chimera_tui.analysis.causes_evidence import RequestEvidence, RunEvidence
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.metrics import AgentState, Offload, RequestMetrics
from chimera_tui.domain.run_events import ReloadBy
from chimera_tui.domain.timings import ClientTimings, ServerTimings
from tests.analysis.evidence import HOST, MS, A, B, agent, before, flags_of, only, request, telemetry


def test_a_clean_run_has_no_flags() -> None:
    whole = Offload(99, 34, 1_000, 1_000, 4_096)
    assert (
        flags_of(agent(A, request(), offload=whole), agent(B, request(step="report")), telemetry=telemetry()) == ()
    )


@pytest.mark.parametrize(("tokens", "told"), [(31, True), (1, True), (32, False), (None, False)])
def test_an_answer_of_fewer_than_32_tokens_is_short(tokens: int | None, told: bool) -> None:
    found = flags_of(agent(A, request(tokens=tokens, prompt_ms=8_000)))
    assert [flag.cause for flag in found] == ([Cause.SHORT_OUTPUT] if told else [])


def test_text_without_a_done_line_is_told_with_the_reason() -> None:
    cut = RequestMetrics("analysis", ServerTimings(), ClientTimings(0, MS, MS, 9 * MS, 10 * MS, 31))
    error = ErrorInfo("stream_cut", "the server cut the stream", HOST, "")
    flag = only(agent(A, RequestEvidence(cut, error=error)))
    assert flag.cause is Cause.NO_DONE
    assert flag.text == "the stream ended without its done line after 31 chunks: the server cut the stream"
    stopped = replace(agent(A, RequestEvidence(cut)), state=AgentState.CANCELLED)
    assert only(stopped).text.endswith("31 chunks: it was stopped")
    refused = replace(cut, client=ClientTimings(0, closed_ns=MS))
    assert flags_of(agent(A, RequestEvidence(refused, error=error))) == ()


def test_an_older_servers_done_line_without_a_reason_is_a_done_line() -> None:
    old = request()
    assert flags_of(agent(A, replace(old, metrics=replace(old.metrics, done_reason=None)))) == ()


def test_parts_that_overrun_the_whole_are_told_beyond_a_millisecond() -> None:
    plain = request().metrics
    early = replace(plain.client, first_content_ns=255 * MS)
    flag = only(agent(A, RequestEvidence(replace(plain, client=early), loaded_before=True)))
    assert (flag.cause, flag.text) == (
        Cause.CLAMPED,
        "the server's parts overran the whole by 50.0 ms and were cut",
    )
    almost = replace(plain.client, first_content_ns=304 * MS + MS // 2)
    assert flags_of(agent(A, RequestEvidence(replace(plain, client=almost)))) == ()


def test_a_clock_that_stepped_back_is_told() -> None:
    plain = request(5_000).metrics
    stepped = replace(plain, client=replace(plain.client, first_content_ns=2_000 * MS))
    flag = only(agent(A, RequestEvidence(stepped)))
    assert (flag.cause, flag.text) == (Cause.CLAMPED, "the clock stepped back by 3.00 s at least: no TTFT")


def test_flags_come_per_agent_and_request_in_the_order_of_the_causes_then_the_runs() -> None:
    first = request(load_ms=900, queue_ms=900, prompt_ms=30, tokens=9, before=before(False))
    second = request(20_000, queue_ms=900, step="report")
    found = flags_of(agent(A, first, second), agent(B, request(40_000, queue_ms=900)), telemetry=telemetry(("x",)))
    assert [(flag.agent, flag.step, flag.cause) for flag in found] == [
        (A, "analysis", Cause.QUEUED_ELSEWHERE),
        (A, "analysis", Cause.COLD_LOAD),
        (A, "analysis", Cause.PROMPT_CACHED),
        (A, "analysis", Cause.SHORT_OUTPUT),
        (A, "report", Cause.QUEUED_ELSEWHERE),
        (B, "analysis", Cause.QUEUED_ELSEWHERE),
        (None, None, Cause.THROTTLED),
    ]


counters = st.one_of(st.none(), st.integers(-(10**6), 10**12), st.just(10**400))
stamps = st.one_of(st.none(), st.integers(0, 10**12))


@st.composite
def any_evidence(draw: st.DrawFn) -> RequestEvidence:
    first, answer, last, closed = (draw(stamps) for _ in range(4))
    client = ClientTimings(draw(st.integers(0, 10**12)), first, answer, last, closed, draw(st.integers(0, 9)))
    server = ServerTimings(*(draw(counters) for _ in range(7)))
    metrics = RequestMetrics("report", server, client, draw(st.sampled_from([None, "stop"])))
    reloads: tuple[str, ...] = draw(st.sampled_from([(), ("num_ctx",)]))
    by: ReloadBy = draw(st.sampled_from(["", "other agent", "run before", "other client"]))
    chars, estimated = draw(st.integers(0, 10**6)), draw(st.one_of(st.none(), st.integers(0, 10**6)))
    return RequestEvidence(metrics, chars, estimated, draw(st.sampled_from([None, True, False])), reloads, by)


@given(st.lists(any_evidence(), max_size=2), st.lists(any_evidence(), max_size=2))
def test_any_evidence_gives_sentences_in_order_and_waits_above_zero(
    first: list[RequestEvidence], second: list[RequestEvidence]
) -> None:
    evidence = RunEvidence((agent(A, *first, num_gpu=3), agent(B, *second, num_ctx=512)))
    found = classify(evidence)
    assert found == classify(evidence)
    assert all(flag.text and "None" not in flag.text and "nan" not in flag.text for flag in found)
    assert all(flag.wait_ns is None or flag.wait_ns > 0 for flag in found)
    assert all(left.agent == A or right.agent == B for left, right in pairwise(found))
