"""Events and records as JSON, through one pydantic adapter each; heavy, so imported after the first frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from json.encoder import encode_basestring
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter

from chimera_tui.domain.events import Envelope, Event
from chimera_tui.domain.run_events import TokensArrived

T = TypeVar("T")
_Told = Annotated[Event, Field(discriminator="kind")]
"""Without the discriminator every kind of event is tried in turn, which takes ten times as long."""


@dataclass(slots=True)
class _Line:
    """An envelope as it comes."""

    seq: int
    event: _Told


def adapter(record: type[T]) -> TypeAdapter[T]:
    """The adapter of a frozen dataclass of the domain, or of a list or mapping of them."""
    return _adapter(record)  # type: ignore[arg-type]  # mypy forgets that types are hashable


@cache
def _adapter(record: Any) -> TypeAdapter[Any]:
    return TypeAdapter(record)


@cache
def _event() -> TypeAdapter[Event]:
    """Made when it is needed, as all of them: that takes 50 ms, and no process needs both of these."""
    return TypeAdapter(_Told)


@cache
def _lines() -> TypeAdapter[list[_Line]]:
    return TypeAdapter(list[_Line])


def encode_event(event: Event) -> bytes:
    return event_json(event).encode()


def event_json(event: Event) -> str:
    return tokens_json(event) if isinstance(event, TokensArrived) else _event().dump_json(event).decode()


def tokens_json(event: TokensArrived) -> str:
    """What the adapter makes of it, byte for byte, in half the time: nearly all that is told are tokens."""
    quoted, words = encode_basestring, ("false", "true")
    chunks = ",".join(
        [
            f'{{"at_ns":{chunk.at_ns},"text":{quoted(chunk.text)},"thinking":{words[chunk.thinking]}}}'
            for chunk in event.chunks
        ]
    )
    head = f'{{"run_id":{quoted(event.run_id)},"agent":"{event.agent.value}","step":"{event.step}"'
    return f'{head},"chunks":[{chunks}],"kind":"tokens_arrived"}}'


def decode_event(line: bytes | str) -> Event:
    """Raises pydantic.ValidationError when the line is no event."""
    return _event().validate_json(line)


def encode(envelope: Envelope) -> bytes:
    """One line without its newline."""
    if envelope.text is not None:
        return f'{{"seq":{envelope.seq},"event":{envelope.text}}}'.encode()
    return b'{"seq":%d,"event":%s}' % (envelope.seq, encode_event(envelope.event))


def decode(line: bytes) -> Envelope:
    """Raises pydantic.ValidationError when the line is no envelope."""
    return decode_lines([line])[0]


def decode_lines(lines: Sequence[bytes]) -> list[Envelope]:
    """The same for several lines at once."""
    return [Envelope(line.seq, line.event) for line in _lines().validate_json(b"[" + b",".join(lines) + b"]")]
