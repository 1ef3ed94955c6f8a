from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.analysis.causes import classify
from chimera_tui.analysis.causes_evidence import AgentEvidence, RequestEvidence, RunEvidence
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.flags import Cause, Flag, disturbances
from chimera_tui.domain.metrics import AgentState, ClientTimings, Offload, RequestMetrics, ServerTimings, Step
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_events import ReloadBy
from chimera_tui.domain.telemetry import (
    GpuProcess,
    GpuSample,
    HostSample,
    TelemetrySample,
    TelemetrySummary,
    summarise,
)

A, B = AgentId
MS = 1_000_000
HOST = "http://127.0.0.1:11434"


def request(
    sent_ms: int = 0,
    *,
    queue_ms: int = 4,
    load_ms: int = 1,
    prompt_ms: int = 300,
    eval_ms: int = 4_000,
    tokens: int | None = 100,
    prompt_tokens: int = 500,
    step: Step = "analysis",
    before: RequestEvidence | None = None,
) -> RequestEvidence:
    """A clean request unless told otherwise; `before` gives what was known before it was sent."""
    first = sent_ms + queue_ms + load_ms + prompt_ms + 20
    total = queue_ms + load_ms + prompt_ms + eval_ms
    server = ServerTimings(total * MS, load_ms * MS, prompt_tokens, None, prompt_ms * MS, tokens, eval_ms * MS)
    last = (first + eval_ms) * MS
    client = ClientTimings(sent_ms * MS, first * MS, first * MS, last, last + MS, tokens or 0)
    metrics = RequestMetrics(step, server, client, "stop")
    return replace(before or RequestEvidence(metrics, 2_000, prompt_tokens, True), metrics=metrics)


def agent(
    who: AgentId, *requests: RequestEvidence, offload: Offload | None = None, **options: int
) -> AgentEvidence:
    return AgentEvidence(who, AgentSettings("m", HOST, Options(**options)), requests, offload)


def flags_of(*agents: AgentEvidence, telemetry: TelemetrySummary | None = None) -> tuple[Flag, ...]:
    return classify(RunEvidence(agents, telemetry))


def only(*agents: AgentEvidence, telemetry: TelemetrySummary | None = None) -> Flag:
    (flag,) = flags_of(*agents, telemetry=telemetry)
    return flag


def before(
    loaded: bool | None = True, reloads: tuple[str, ...] = (), by: ReloadBy = "", **more: object
) -> RequestEvidence:
    known = RequestEvidence(request().metrics, 2_000, 500, loaded, reloads, by)
    return replace(known, **more)  # type: ignore[arg-type]


def telemetry(throttle: tuple[str, ...] = (), *processes: str) -> TelemetrySummary:
    running = tuple(GpuProcess(index, name, 2**30) for index, name in enumerate(processes, 100))
    gpu = GpuSample(0, "GPU", "u0", sm_clock_mhz=1_200.0, throttle=throttle, processes=running)
    told = summarise([TelemetrySample(0, HostSample(), (gpu,)), TelemetrySample(10**9, HostSample(), (gpu,))])
    assert told is not None
    return told


# ---- waits -----------------------------------------------------------------------------------------------


def test_a_clean_run_has_no_flags() -> None:
    whole = Offload(99, 34, 1_000, 1_000, 4_096)
    assert (
        flags_of(agent(A, request(), offload=whole), agent(B, request(step="report")), telemetry=telemetry()) == ()
    )


@pytest.mark.parametrize(
    ("queue_ms", "prompt_ms", "told"), [(49, 300, False), (55, 300, True), (55, 1_200, False)]
)
def test_a_queue_is_told_beyond_50_ms_and_5_percent_of_ttft(queue_ms: int, prompt_ms: int, told: bool) -> None:
    found = flags_of(agent(A, request(queue_ms=queue_ms, prompt_ms=prompt_ms)))
    assert [flag.cause for flag in found] == ([Cause.QUEUED_ELSEWHERE] if told else [])


def test_a_queue_without_a_request_of_ours_in_front_is_somebody_elses() -> None:
    flag = only(agent(A, request(queue_ms=2_000)), agent(B, request(10_000)))
    assert flag.cause is Cause.QUEUED_ELSEWHERE and flag.agent is A and flag.wait_ns == 2_000 * MS
    assert flag.text == "waited 2.0 s in the queue of 127.0.0.1:11434; no request of ours was in front"


def test_a_queue_while_the_other_agent_was_served_is_behind_it() -> None:
    flag = only(agent(A, request()), agent(B, request(100, queue_ms=4_200)))
    assert (flag.cause, flag.agent) == (Cause.QUEUED, B)


def test_the_other_agent_on_another_host_or_model_is_not_in_front() -> None:
    waiting = agent(B, request(100, queue_ms=4_200))
    for settings in (AgentSettings("m", "http://other:11434"), AgentSettings("n", HOST)):
        flag = only(AgentEvidence(A, settings, (request(),)), waiting)
        assert flag.cause is Cause.QUEUED_ELSEWHERE


@pytest.mark.parametrize(
    ("known", "cause"),
    [
        (before(False), Cause.COLD_LOAD),
        (before(None), Cause.COLD_LOAD),
        (before(True), Cause.RELOAD_OTHER_CLIENT),
        (before(True, ("num_ctx",), "run before"), Cause.RELOAD_RUN_BEFORE),
        (before(True, ("num_ctx",), "other client"), Cause.RELOAD_OTHER_CLIENT),
        (before(True, ("num_ctx",), "other agent"), Cause.RELOAD_OTHER_AGENT),
        (before(True, ("num_ctx",)), Cause.RELOAD_RUN_BEFORE),
        (before(True, (), "other client"), Cause.RELOAD_OTHER_CLIENT),
    ],
)
def test_a_load_is_cold_or_a_reload_by_whom_was_known(known: RequestEvidence, cause: Cause) -> None:
    flag = only(agent(A, request(load_ms=900, before=known)))
    assert (flag.cause, flag.wait_ns) == (cause, 900 * MS)
    assert "900 ms" in flag.text


def test_a_load_of_less_than_100_ms_is_none() -> None:
    assert flags_of(agent(A, request(load_ms=99, before=before(False)))) == ()


def test_whom_the_server_served_in_between_outweighs_what_was_believed_before() -> None:
    known = before(True, ("num_ctx",), "run before")
    a = agent(A, request(), num_gpu=10)
    b = agent(B, request(100, load_ms=4_600, before=known), num_gpu=20)
    flag = only(a, b)
    assert (flag.cause, flag.agent) == (Cause.RELOAD_OTHER_AGENT, B)
    assert flag.text == (
        "reload of 4.6 s: num_gpu differs from agent A's; for 4.2 s of it agent A was served first"
    )


def test_an_option_that_is_left_to_the_server_reloads_nothing() -> None:
    flag = only(agent(A, request(), num_gpu=10), agent(B, request(100, load_ms=4_600, before=before(False))))
    assert flag.cause is Cause.COLD_LOAD


def test_an_agents_own_options_are_in_effect_after_its_own_request() -> None:
    first = request(20_000, load_ms=900, before=before(False))
    second = request(60_000, load_ms=900, step="report", before=before(False))
    found = flags_of(agent(A, request(), num_gpu=10), agent(B, first, second, num_gpu=20))
    assert [flag.cause for flag in found] == [Cause.RELOAD_OTHER_AGENT, Cause.COLD_LOAD]


# ---- prompts ---------------------------------------------------------------------------------------------


def test_a_cached_prompt_is_told_with_what_the_server_counted() -> None:
    plain = request()
    server = replace(plain.metrics.server, prompt_cached_tokens=480)
    flag = only(agent(A, replace(plain, metrics=replace(plain.metrics, server=server))))
    assert (flag.cause, flag.text) == (Cause.PROMPT_CACHED, "480 of 500 prompt tokens were cached")
    assert disturbances([flag]) == ()


@pytest.mark.parametrize(("cached", "told"), [(0, False), (49, False), (50, True)])
def test_a_small_share_of_cached_tokens_is_not_told(cached: int, told: bool) -> None:
    plain = request()
    server = replace(plain.metrics.server, prompt_cached_tokens=cached)
    found = flags_of(agent(A, replace(plain, metrics=replace(plain.metrics, server=server))))
    assert [flag.cause for flag in found] == ([Cause.PROMPT_CACHED] if told else [])


def test_a_prefill_faster_than_a_decode_step_was_cached() -> None:
    flag = only(agent(A, request(prompt_ms=30)))
    assert flag.cause is Cause.PROMPT_CACHED and "withheld" in flag.text
    assert flags_of(agent(A, request(prompt_ms=30, prompt_tokens=63, before=before(prompt_chars=200)))) == ()


def test_a_server_that_says_nothing_was_cached_is_believed() -> None:
    fast = request(prompt_ms=30)
    server = replace(fast.metrics.server, prompt_cached_tokens=0)
    assert flags_of(agent(A, replace(fast, metrics=replace(fast.metrics, server=server)))) == ()


@pytest.mark.parametrize(
    ("kept", "estimated", "chars", "context", "told"),
    [
        (131, 17_219, 17_200, 256, True),
        (2_100, 6_000, 18_000, 4_096, True),
        (2_100, 3_400, 10_000, 4_096, False),
        (3_900, 4_300, 13_000, 4_096, False),
        (500, 520, 1_600, 4_096, False),
        (100, None, 17_200, None, True),
        (100, None, 400, None, False),
    ],
)
def test_a_prompt_was_cut_when_far_fewer_tokens_were_read_and_the_context_explains_it(
    kept: int, estimated: int | None, chars: int, context: int | None, told: bool
) -> None:
    known = before(prompt_chars=chars, prompt_tokens_estimated=estimated)
    one = agent(A, request(prompt_tokens=kept, before=known))
    found = flags_of(replace(one, context_size=context))
    assert [flag.cause for flag in found] == ([Cause.PROMPT_TRUNCATED] if told else [])


def test_the_measured_context_outweighs_the_one_that_was_believed() -> None:
    known = before(prompt_chars=18_000, prompt_tokens_estimated=6_000)
    one = agent(A, request(prompt_tokens=2_100, before=known), offload=Offload(None, 34, 9, 9, 4_096))
    flag = only(replace(one, context_size=32_768))
    assert (
        flag.text
        == "the server read 2,100 of about 6,000 prompt tokens, at a context of 4,096: the prompt was cut"
    )


# ---- answers ---------------------------------------------------------------------------------------------


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
    assert (flag.cause, flag.text) == (Cause.CLAMPED, "the server's parts overran the whole by 50 ms and were cut")
    almost = replace(plain.client, first_content_ns=304 * MS + MS // 2)
    assert flags_of(agent(A, RequestEvidence(replace(plain, client=almost)))) == ()


def test_a_clock_that_stepped_back_is_told() -> None:
    plain = request(5_000).metrics
    stepped = replace(plain, client=replace(plain.client, first_content_ns=2_000 * MS))
    flag = only(agent(A, RequestEvidence(stepped)))
    assert (flag.cause, flag.text) == (Cause.CLAMPED, "the clock stepped back by 3.0 s at least: no TTFT")


# ---- hardware --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offload", "text"),
    [
        (Offload(None, 34, 1_000, 600), "60.0% of the model in VRAM"),
        (Offload(20, 34, 1_000, 600), "20 of 35 layers on the GPU, 60.0% of the model in VRAM"),
        (Offload(80, 34, 100_000, 99_950), None),
        (Offload(80, 34, 1_000, 0), None),
        (Offload(3, 34, 1_000, 0), None),
        (None, None),
    ],
)
def test_a_model_partly_in_vram_is_told_and_one_without_a_gpu_is_not(
    offload: Offload | None, text: str | None
) -> None:
    found = flags_of(agent(A, request(), offload=offload))
    assert [flag.text for flag in found] == ([text] if text else [])
    assert disturbances(found) == ()


def test_layers_on_the_cpu_are_partial_where_a_gpu_is_known() -> None:
    flag = only(agent(A, request(), offload=Offload(0, 34, 1_000, 0)), telemetry=telemetry())
    assert (flag.cause, flag.text) == (
        Cause.PARTIAL_OFFLOAD,
        "0 of 35 layers on the GPU, 0.0% of the model in VRAM",
    )


def test_a_slowed_clock_and_other_programs_on_the_gpu_are_the_whole_runs() -> None:
    told = telemetry(("hw_power_brake", "sw_thermal"), "ollama", "train.py")
    slowed, shared = flags_of(agent(A, request()), telemetry=told)
    assert (slowed.cause, slowed.agent, slowed.step) == (Cause.THROTTLED, None, None)
    assert slowed.text == (
        "GPU 0 was slowed: hw_power_brake and sw_thermal; its clock was 1200 MHz on average, 1200 at most"
    )
    assert (shared.cause, shared.text) == (Cause.OTHER_GPU_PROCESS, "GPU 0 was shared with train.py")


# ---- order, and anything at all --------------------------------------------------------------------------


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
