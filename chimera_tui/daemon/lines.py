"""Events as the lines of a stream, none so long that reading or writing it holds anybody up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from operator import attrgetter

from chimera_tui.domain.events import Envelope, Event, FilesChanged
from chimera_tui.domain.run_events import Chunk, TokensArrived
from chimera_tui.domain.wire import encode

FILES_PER_LINE = 125
"""What a viewer folds in less than half a millisecond."""
CHUNKS_PER_LINE = 1_000
_BLOCK_BYTES = 64 << 10
_THINKING = attrgetter("thinking")


def blocks(envelopes: Iterable[Envelope], *, joined: bool = False) -> Iterator[bytes]:
    """Whole lines, gathered into blocks of about 64 kB: what one network write takes. `joined`: what came together
    is told as one chunk, with the time of its last, for readers of text alone."""
    lines: list[bytes] = []
    size = 0
    for envelope in envelopes:
        event = envelope.event
        if joined and isinstance(event, TokensArrived) and len(event.chunks) > 1:
            envelope = Envelope(envelope.seq, replace(event, chunks=tuple(_joined(event.chunks))))
        for piece in pieces(envelope.event):
            line = encode(envelope if piece is envelope.event else Envelope(envelope.seq, piece)) + b"\n"
            lines.append(line)
            size += len(line)
            if size >= _BLOCK_BYTES:
                yield b"".join(lines)
                lines, size = [], 0
    if lines:
        yield b"".join(lines)


def _joined(chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    """Thinking stays apart from the answer."""
    for thinking, alike in groupby(chunks, _THINKING):
        texts = list(alike)
        yield Chunk(texts[-1].at_ns, "".join([chunk.text for chunk in texts]), thinking)


def pieces(event: Event) -> Iterator[Event]:
    """The same event in parts when it is very large."""
    match event:
        case FilesChanged(changed=changed) if len(changed) > FILES_PER_LINE:
            # What was removed goes first, so that no part removes what another has put.
            yield replace(event, changed=changed[:FILES_PER_LINE])
            for start in range(FILES_PER_LINE, len(changed), FILES_PER_LINE):
                yield FilesChanged(changed[start : start + FILES_PER_LINE], initial=event.initial)
        case TokensArrived(chunks=chunks) if len(chunks) > CHUNKS_PER_LINE:
            for start in range(0, len(chunks), CHUNKS_PER_LINE):
                yield replace(event, chunks=chunks[start : start + CHUNKS_PER_LINE])
        case _:
            yield event
