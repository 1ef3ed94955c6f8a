"""Events and records as JSON, through one pydantic adapter each; heavy, so imported after the first frame."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter

from chimera_tui.domain.events import Envelope, Event

T = TypeVar("T")
_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])
_ENVELOPE: TypeAdapter[Envelope] = TypeAdapter(Envelope)


def adapter(record: type[T]) -> TypeAdapter[T]:
    """The adapter of a frozen dataclass of the domain, or of a list or mapping of them."""
    return _adapter(record)  # type: ignore[arg-type]  # mypy forgets that types are hashable


@cache
def _adapter(record: Any) -> TypeAdapter[Any]:
    return TypeAdapter(record)


def encode_event(event: Event) -> bytes:
    return _EVENT.dump_json(event)


def decode_event(line: bytes | str) -> Event:
    """Raises pydantic.ValidationError when the line is no event."""
    return _EVENT.validate_json(line)


def encode(envelope: Envelope) -> bytes:
    """One line without its newline."""
    return _ENVELOPE.dump_json(envelope)


def decode(line: bytes | str) -> Envelope:
    """Raises pydantic.ValidationError when the line is no envelope."""
    return _ENVELOPE.validate_json(line)
