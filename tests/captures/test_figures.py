"""The figures of all captures, computed by the program's own code, against the table of expected values."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from tests.captures.expected import EXPECTED
from tests.captures.replays import replay, summary_of

A, B = AgentId
EXACT = 1e-9
PAIR_DELAY_NS = 100_000_000
"""B was sent 100 ms after A, by the captures' notes."""


@pytest.fixture
def captures(shared_dir: Path) -> Path:
    return shared_dir / "ollama" / "captures"


def _streams_text(path: Path) -> bool:
    """A status of 200 and a line of an answer: a refusal and an answer of another kind have no figures."""
    text = path.read_text("utf-8")
    return '"status": 200' in text and ('\\"response\\"' in text or '\\"message\\"' in text)


def test_no_recorded_answer_is_left_out_of_the_table(captures: Path) -> None:
    assert {path.stem for path in captures.glob("*.jsonl") if _streams_text(path)} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
async def test_a_recorded_answer_comes_to_the_expected_figures(captures: Path, name: str) -> None:
    row = EXPECTED[name]
    replayed = await replay(
        captures / f"{name}.jsonl",
        loaded_before=row.loaded_before,
        reloads=row.reloads,
        reload_by="run before" if row.reloads else "",
    )
    summary = summary_of([replayed])
    (request,) = summary.agents[0].requests
    ttft_ns = None if row.ttft_ms is None else round(row.ttft_ms * 1e6)
    assert (request.ttft_ns, request.client.chunks) == (ttft_ns, row.chunks)
    assert (request.server.eval_tokens, request.server.prompt_tokens) == (row.tokens, row.prompt_tokens)
    assert request.decode_rate == (None if row.decode_rate is None else pytest.approx(row.decode_rate, rel=EXACT))
    assert request.throughput == (None if row.throughput is None else pytest.approx(row.throughput, rel=EXACT))
    assert request.prefill_rate is None
    parts, totals = request.ttft_parts, summary.agents[0].totals
    if row.parts is None:
        assert parts is None and request.queue_ns == row.queue_ns
    else:
        assert parts is not None and parts.clamped_ns == 0
        pieces = (parts.queue_ns, parts.load_ns, parts.prefill_ns, parts.first_decode_ns, parts.rest_ns)
        assert pieces == row.parts
        assert sum(pieces) == request.ttft_ns
        assert totals.queue_ns == row.parts.queue
    assert (totals.tokens, totals.decode_rate) == (row.tokens, request.decode_rate)
    assert tuple(flag.cause for flag in summary.flags) == row.flags


async def _pair(captures: Path, name: str, **before: object) -> RunSummary:
    a = await replay(captures / f"{name}_A.jsonl", A, 0, loaded_before=True)
    b = await replay(captures / f"{name}_B.jsonl", B, PAIR_DELAY_NS, loaded_before=True, **before)
    return summary_of([a, b])


def _flags_of(summary: RunSummary, agent: AgentId) -> list[Flag]:
    return [flag for flag in summary.flags if flag.agent is agent]


async def test_with_equal_options_b_waits_in_the_queue_behind_a(captures: Path) -> None:
    summary = await _pair(captures, "pair_same_options")
    (flag,) = _flags_of(summary, B)
    assert (flag.cause, flag.step) == (Cause.QUEUED, "analysis")
    # 32_459_474_455 - 1_190_707 - 271_987_000 - 7_671_482_000
    assert flag.wait_ns == 24_514_814_748
    # A closed at 24_639.664 ms of its own time, B was sent at 100 ms: 24_539.664 ms
    assert flag.text == (
        "waited 24.5 s in the queue of 127.0.0.1:11434; agent A's request was open for 24.5 s of it"
    )
    # A's first token came late, and nobody says why: 1_682_206_753 / 4_515_457_000 of its TTFT
    (late,) = _flags_of(summary, A)
    assert (late.cause, late.wait_ns) == (Cause.UNEXPLAINED, 1_682_206_753)
    assert late.text == "no counter of the server names 1.68 s of the wait, 37.3 % of TTFT"


@pytest.mark.parametrize(
    "before", [{}, {"reloads": ("num_ctx", "num_gpu"), "reload_by": "other agent"}], ids=["unknown", "known"]
)
async def test_with_other_options_b_waits_for_a_reload(captures: Path, before: dict[str, object]) -> None:
    summary = await _pair(captures, "pair_different_num_gpu", **before)
    (flag,) = _flags_of(summary, B)
    assert (flag.cause, flag.step, flag.wait_ns) == (Cause.RELOAD_OTHER_AGENT, "analysis", 12_442_858_503)
    # A closed at 11_214.873 ms, B was sent at 100 ms: 11_114.873 ms of B's load were A's
    assert flag.text == (
        "reload of 12.4 s: num_gpu and num_ctx differ from agent A's; for 11.1 s of it agent A was served first"
    )
    assert [each.cause for each in _flags_of(summary, A)] == [Cause.PROMPT_CACHED]
