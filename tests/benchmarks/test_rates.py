"""The arithmetic of the benches of fast streams and long panes, from events that are made up."""

from __future__ import annotations

import os

import pytest

from benchmarks.figure import FULL, QUICK
from benchmarks.measures.long_pane import tokens_wanted
from benchmarks.measures.memory import memory_mb
from benchmarks.measures.rates import arrived, last_stamp, share, told
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import Chunk, RequestFinished, RunEvent, TokensArrived
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine.agent_fold import OpenRequest

A, B = AgentId


def tokens(agent: AgentId, *stamps_ns: int) -> TokensArrived:
    return TokensArrived("r", agent, "analysis", tuple(Chunk(at_ns, "x") for at_ns in stamps_ns))


def finished(agent: AgentId, count: int | None) -> RequestFinished:
    return RequestFinished("r", agent, OpenRequest("analysis", 1).metrics(ServerTimings(eval_tokens=count), "", 9))


EVENTS: list[RunEvent] = [tokens(A, 10, 20), tokens(B, 15), tokens(A, 30, 40), finished(A, 4), finished(B, None)]


def test_tokens_count_by_their_own_stamps() -> None:
    assert arrived(EVENTS, 15, 40) == 3
    assert last_stamp(EVENTS) == 40


def test_what_the_servers_sent_is_the_sum_over_their_requests() -> None:
    assert told(EVENTS) == 4


def test_a_machine_that_gave_half_the_rate_is_reckoned_up_to_the_whole() -> None:
    assert share(0.5, 4_000, 1_000) == pytest.approx(25.0)  # 0.125 ms a token, 2,000 tokens a second
    assert share(0.5, 2_000, 1_000) == pytest.approx(50.0)


def test_the_full_size_asks_for_fifty_thousand_tokens_and_the_quick_one_for_few() -> None:
    assert (tokens_wanted(FULL), tokens_wanted(QUICK)) == (50_000, 500)


def test_memory_with_what_is_shared_is_more_than_the_processs_own() -> None:
    own, with_shared = memory_mb(os.getpid())
    assert 1 < own < with_shared < 10_000
