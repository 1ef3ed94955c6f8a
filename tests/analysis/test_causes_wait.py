from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.analysis.causes_evidence import AgentEvidence, RequestEvidence
from chimera_tui.domain.flags import Cause, disturbances
from chimera_tui.domain.metrics import Offload
from chimera_tui.domain.options import AgentSettings
from chimera_tui.domain.timings import ServerTimings
from tests.analysis.evidence import HOST, MS, A, B, agent, before, flags_of, only, request


@pytest.mark.parametrize(
    ("queue_ms", "prompt_ms", "told"), [(49, 300, False), (55, 300, True), (55, 1_200, False)]
)
def test_a_queue_is_told_beyond_50_ms_and_5_percent_of_ttft(queue_ms: int, prompt_ms: int, told: bool) -> None:
    found = flags_of(agent(A, request(queue_ms=queue_ms, prompt_ms=prompt_ms)))
    assert [flag.cause for flag in found] == ([Cause.QUEUED_ELSEWHERE] if told else [])


def test_a_queue_without_a_request_of_ours_in_front_is_somebody_elses() -> None:
    flag = only(agent(A, request(queue_ms=2_000)), agent(B, request(10_000)))
    assert flag.cause is Cause.QUEUED_ELSEWHERE and flag.agent is A and flag.wait_ns == 2_000 * MS
    assert flag.text == "waited 2.00 s in the queue of 127.0.0.1:11434; no request of ours was in front"


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
        "reload of 4.60 s: num_gpu differs from agent A's; for 4.23 s of it agent A was served first"
    )


def test_an_option_that_is_left_to_the_server_reloads_nothing() -> None:
    flag = only(agent(A, request(), num_gpu=10), agent(B, request(100, load_ms=4_600, before=before(False))))
    assert flag.cause is Cause.COLD_LOAD


def test_an_agents_own_options_are_in_effect_after_its_own_request() -> None:
    first = request(20_000, load_ms=900, before=before(False))
    second = request(60_000, load_ms=900, step="report", before=before(False))
    found = flags_of(agent(A, request(), num_gpu=10), agent(B, first, second, num_gpu=20))
    assert [flag.cause for flag in found] == [Cause.RELOAD_OTHER_AGENT, Cause.COLD_LOAD]


def test_a_model_that_was_unloaded_to_be_rid_of_an_option_says_so() -> None:
    known = RequestEvidence(
        request().metrics, loaded_before=False, reloads=("num_gpu",), reload_by="run before", undone="num_gpu 20"
    )
    flag = only(agent(A, request(load_ms=13_100, before=known)))
    assert flag.cause is Cause.RELOAD_RUN_BEFORE
    assert flag.text.endswith("unloaded first, since num_gpu 20 of the run before would have stayed")


def test_a_reload_between_numbers_that_are_equal_in_effect_says_so() -> None:
    a = agent(A, request(), num_gpu=80, num_ctx=2_048)
    b = agent(B, request(100, load_ms=4_600), offload=Offload(120, 34), num_gpu=120, num_ctx=4_096)
    flag = only(a, b)
    assert flag.cause is Cause.RELOAD_OTHER_AGENT
    assert flag.text == (
        "reload of 4.60 s: num_gpu (80 and 120, equal in effect: all 35 layers) and num_ctx differ from agent "
        "A's; for 4.23 s of it agent A was served first"
    )
    unknown = only(a, agent(B, request(100, load_ms=4_600), num_gpu=120, num_ctx=4_096))
    assert unknown.text.startswith("reload of 4.60 s: num_gpu and num_ctx differ from agent A's")


def test_a_negative_num_gpu_is_left_to_the_server_and_reloads_nothing() -> None:
    flag = only(
        agent(A, request(), num_gpu=10), agent(B, request(100, load_ms=4_600, before=before(False)), num_gpu=-1)
    )
    assert flag.cause is Cause.COLD_LOAD


def with_first(one: RequestEvidence, first_ms: int, last_ms: int | None = None) -> RequestEvidence:
    """The same counters, whatever the client's clock says of them."""
    last = (last_ms or first_ms + 4_000) * MS
    client = replace(one.metrics.client, first_content_ns=first_ms * MS, last_content_ns=last, closed_ns=last + MS)
    return replace(one, metrics=replace(one.metrics, client=client))


def test_the_other_agent_was_in_front_for_no_longer_than_the_queue_was() -> None:
    # A is open for all of the 3.52 s that B waits: 1.2 s of load, 2 s of queue, 0.3 s of prefill
    a, b = agent(A, request(eval_ms=9_000)), agent(B, request(400, load_ms=1_200, queue_ms=2_000))
    queue, reload = flags_of(a, b)
    assert (queue.cause, queue.wait_ns) == (Cause.QUEUED, 2_000 * MS)
    assert queue.text.endswith(
        "waited 2.00 s in the queue of 127.0.0.1:11434; agent A's request was open for 2.00 s of it"
    )
    assert reload.wait_ns == 1_200 * MS


def test_who_was_served_during_the_load_only_was_not_in_front_in_the_queue() -> None:
    # A ends at 1.8 s, B's load at 2.0 s: somebody else was in front after that
    a = agent(A, request(eval_ms=1_475))
    b = agent(B, request(500, load_ms=1_500, queue_ms=900, before=before(False)))
    queue, _ = flags_of(a, b)
    assert (queue.cause, queue.agent) == (Cause.QUEUED_ELSEWHERE, B)


def test_counters_that_are_wrong_name_no_more_waiting_than_there_was() -> None:
    # total 600 ms, load 2 ms, prefill and decode 0.1 ms: 598 ms of queue before a first token after 207 ms
    server = ServerTimings(600 * MS, 2 * MS, 100, None, MS // 10, 40, MS // 10)
    plain = with_first(request(), 207)
    flag = next(
        flag
        for flag in flags_of(agent(A, replace(plain, metrics=replace(plain.metrics, server=server))))
        if flag.cause is Cause.QUEUED_ELSEWHERE
    )
    assert flag.wait_ns == 207 * MS - 2 * MS - MS // 10
    assert flag.text.startswith("waited 205 ms in the queue")
    late = with_first(request(load_ms=900, before=before(False)), 207)
    cold = next(flag for flag in flags_of(agent(A, late)) if flag.cause is Cause.COLD_LOAD)
    assert (cold.wait_ns, cold.text) == (207 * MS, "load of 207 ms: the model was not loaded before")


@pytest.mark.parametrize(
    ("prompt_ms", "first_ms", "told"),
    [(300, 445, False), (300, 446, True), (1_800, 2_033, False), (1_800, 2_060, True)],
)
def test_a_rest_is_told_beyond_100_ms_and_10_percent_of_ttft(prompt_ms: int, first_ms: int, told: bool) -> None:
    # queue, load and prefill take 5 ms and the prompt's time, the first decode step 4,000 / 99 = 40.4 ms
    found = flags_of(agent(A, with_first(request(prompt_ms=prompt_ms), first_ms)))
    assert [flag.cause for flag in found] == ([Cause.UNEXPLAINED] if told else [])
    assert disturbances(found) == ()


def test_a_rest_is_told_with_its_share_and_an_answer_in_one_piece_with_it() -> None:
    flag = only(agent(A, with_first(request(), 800)))
    assert flag.text == "no counter of the server names 455 ms of the wait, 56.8 % of TTFT"
    assert flag.wait_ns is not None and round(flag.wait_ns / MS) == 455
    whole = only(agent(A, with_first(request(), 4_400, 4_400)))
    assert whole.text.endswith("of TTFT: the whole answer came at once")


def test_a_load_that_nothing_of_ours_explains_names_another_program() -> None:
    flag = only(agent(A, request(load_ms=900, before=before(True))))
    assert flag.text == "load of 900 ms although the model was loaded: by another program, with other options"
