"""Frames on their way from the probe to its parent."""

from __future__ import annotations

import json
import os
import time
from collections import deque
from collections.abc import Iterable

from chimera_tui.domain.beat import BEAT_S
from chimera_tui.services.ollama.frames import FrameKind, StampSource, encode_frame, encode_lines
from chimera_tui.services.ollama.pieces import Cancelled, Read

FLUSH_EVERY_NS = round(BEAT_S * 1e9)
"""At the whole multiples of the clock; the parent's beat comes just behind them."""
_EARLY_NS = 2_000_000


class Outbox:
    """Frames on their way to the parent: content at once after a pause, else ten times a second.

    Writing never blocks, so a parent that is busy can not make a time stamp late.
    """

    def __init__(self, fd: int) -> None:
        """The pipe must not block."""
        self._fd = fd
        self._held: list[bytes] = []
        self._holds_content = False
        self._leaving: deque[memoryview] = deque()
        self._next_flush_ns = 0
        self.backlog_bytes = 0

    @property
    def is_leaving(self) -> bool:
        """Bytes wait for the pipe to take them."""
        return bool(self._leaving)

    def due_in_ms(self) -> float:
        """How long content that came now had to wait; 0 when it may leave at once."""
        return max(0, self._next_flush_ns - time.monotonic_ns()) / 1e6

    def is_due(self) -> bool:
        """Content may leave now; a little early rather than with a timer of its own."""
        return time.monotonic_ns() >= self._next_flush_ns - _EARLY_NS

    def due_ns(self) -> int:
        """Up to when nothing is to be written; 0 while something is to be heeded as soon as it may be."""
        return 0 if self._leaving else self._next_flush_ns

    def put_lines(self, lines: Iterable[Read]) -> None:
        """The content. When `lines` raises, what it gave before is kept."""
        for frame in encode_lines(lines):
            self._held.append(frame)
            self._holds_content = True

    def put(
        self, kind: FrameKind, at_ns: int, payload: bytes = b"", source: StampSource = StampSource.USER
    ) -> None:
        self._held.append(encode_frame(kind, at_ns, payload, source))

    def put_json(self, kind: FrameKind, at_ns: int, value: object, source: StampSource = StampSource.USER) -> None:
        self.put(kind, at_ns, json.dumps(value).encode(), source)

    def flush(self) -> None:
        """Write now what the pipe takes. Raises Cancelled when the parent no longer reads."""
        if self._held:
            joined = memoryview(b"".join(self._held))
            self._held.clear()
            self._leaving.append(joined)
            self.backlog_bytes += len(joined)
        if self._holds_content:  # a status alone must not delay the first token
            self._holds_content = False
            beats = (time.monotonic_ns() + _EARLY_NS) // FLUSH_EVERY_NS
            self._next_flush_ns = (beats + 1) * FLUSH_EVERY_NS
        try:
            while self._leaving:
                written = os.write(self._fd, self._leaving[0])
                self.backlog_bytes -= written
                if written < len(self._leaving[0]):
                    self._leaving[0] = self._leaving[0][written:]
                else:
                    self._leaving.popleft()
        except BlockingIOError:
            return
        except OSError as error:
            raise Cancelled from error
