from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.flags import Cause, disturbances
from chimera_tui.domain.metrics import Offload
from tests.analysis.evidence import A, agent, before, flags_of, only, request


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
