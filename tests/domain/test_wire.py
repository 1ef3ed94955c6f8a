from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chimera_tui.domain import wire
from chimera_tui.domain.events import Envelope
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import Chunk, RunFinished, RunStarted, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from tests.tui.scripted import finished, past, started, state, writes


def test_every_event_survives_the_wire() -> None:
    events = [
        *past(),
        *started(),
        *writes(AgentId.A, "analysis", "text with \x1b, \u0085 and 漢字\n"),
        *state(AgentId.B, AgentState.LOADING, why="x"),
        *finished(),
    ]
    for seq, event in enumerate(events, 1):
        line = wire.encode(Envelope(seq, event))
        assert b"\n" not in line
        assert wire.decode(line) == Envelope(seq, event)


def test_a_line_that_is_no_event_is_refused() -> None:
    for line in (b"{}", b"[]", b'{"kind":"gossip"}', b"not json"):
        with pytest.raises(ValidationError):
            wire.decode_event(line)


def test_stamps_keep_their_nanoseconds() -> None:
    event = TokensArrived("r", AgentId.A, "report", (Chunk(9_007_199_254_740_993, "x"),))
    assert wire.decode_event(wire.encode_event(event)) == event
    start = RunStarted("r", (AgentId.A,), "together", (), datetime(2026, 11, 21, 1, 2, 3, 456789, UTC), 5)
    assert wire.decode_event(wire.encode_event(start)) == start
    end = RunFinished("r", RunSummary("r", RunState.DONE, "together", start.started_utc, 1, False, "", ()))
    assert wire.decode_event(wire.encode_event(end)) == end


@given(
    st.text(st.characters(codec="utf-8")),
    st.lists(st.builds(Chunk, st.integers(0, 2**63), st.text(st.characters(codec="utf-8")), st.booleans())),
)
def test_tokens_are_written_as_the_adapter_of_their_type_writes_them(run_id: str, chunks: list[Chunk]) -> None:
    event = TokensArrived(run_id, AgentId.B, "report", tuple(chunks))
    assert wire.encode_event(event) == TypeAdapter(TokensArrived).dump_json(event)
    assert wire.encode(Envelope(7, event, wire.tokens_json(event))) == wire.encode(Envelope(7, event))
