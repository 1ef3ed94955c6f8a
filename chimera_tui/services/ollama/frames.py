"""The probe's language: binary frames on a pipe, each with the time at which it happened."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

_HEADER = struct.Struct(">BBqI")


class FrameKind(IntEnum):
    SENT = 1
    """The request is about to leave; no payload."""
    STATUS = 2
    """JSON: `{"status": int, "headers": {lower-case name: value}}`."""
    LINE = 3
    """One line of the body without its newline."""
    TAIL = 4
    """What followed the last newline when the body ended."""
    CLOSED = 5
    """JSON: `{"clean": bool, "why": str}`; the last frame of a request."""
    ERROR = 6
    """JSON: `{"kind": "connect" | "resolve" | "protocol" | "line_too_long", "text": str}`; last as well."""
    READY = 7
    """The probe waits for its first request; no payload."""


class StampSource(IntEnum):
    KERNEL = 1
    """The kernel's receive time, brought to the monotonic clock."""
    USER = 2
    """The monotonic clock when the read returned (or, for SENT, before the send)."""


_KINDS = {(int(kind), int(source)): (kind, source) for kind in FrameKind for source in StampSource}
"""An enumeration takes six times as long to find its member."""


class Frame(NamedTuple):
    kind: FrameKind
    source: StampSource
    at_ns: int
    """Monotonic clock."""
    payload: bytes


def encode_frame(
    kind: FrameKind, at_ns: int, payload: bytes = b"", source: StampSource = StampSource.USER
) -> bytes:
    return _HEADER.pack(kind, source, at_ns, len(payload)) + payload


def encode_lines(lines: Iterable[tuple[bytes, int, StampSource]]) -> Iterator[bytes]:
    """A frame of kind LINE for each (line, monotonic time, whose time)."""
    pack, kind = _HEADER.pack, int(FrameKind.LINE)
    for line, at_ns, source in lines:
        yield pack(kind, source, at_ns, len(line)) + line


class FrameDecoder:
    """Cuts what comes out of the pipe into frames."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._wanted = 0
        """So many bytes make the next frame whole, as far as is known."""

    def feed(self, data: bytes) -> list[Frame]:
        """Every frame that is now complete. Raises ValueError when the bytes are no frames."""
        if self._rest:
            self._rest += data
            if len(self._rest) < self._wanted:
                return []  # a long line comes in many parts, and is not copied for each of them
            data = bytes(self._rest)
        frames: list[Frame] = []
        unpack, head, size = _HEADER.unpack_from, _HEADER.size, len(data)
        start, body = 0, head
        while body <= size:
            kind, source, at_ns, length = unpack(data, start)
            end = body + length
            if end > size:
                body = end
                break
            payload = data[body:end]
            known = _KINDS.get((kind, source)) or (FrameKind(kind), StampSource(source))
            frames.append(Frame(*known, at_ns, payload))
            start, body = end, end + head
        self._rest = bytearray(data[start:])
        self._wanted = body - start
        return frames
