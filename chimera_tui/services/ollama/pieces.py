"""What a channel is asked for and what it gives: the pieces of an answer, each with its time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from chimera_tui.services.ollama.frames import StampSource

Read = tuple[bytes, int, StampSource]
"""What one read of the socket gave, when on the monotonic clock, and whose time that is; no bytes are the end."""


class Target(NamedTuple):
    """What the daemon asks the probe for, as one JSON object on standard input."""

    url: str
    tls: bool
    name: str
    port: int
    path: str
    headers: Mapping[str, str]
    body: str


class Status(NamedTuple):
    status: int
    headers: dict[str, str]
    at_ns: int
    source: StampSource


class Body(NamedTuple):
    reads: Sequence[Read]
    """The content that came with each; never none."""


class End(NamedTuple):
    """The body is over: cleanly, or cut with a reason."""

    clean: bool
    why: str
    at_ns: int


Piece = Status | Body | End


class ChannelError(Exception):
    """No answer can be had: `kind` is `connect`, `resolve` or `protocol`."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Cancelled(Exception):
    """The parent went away or asked to stop."""
