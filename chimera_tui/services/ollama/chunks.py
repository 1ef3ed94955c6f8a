"""The body of an answer that comes in chunks: the plain ones are cut here, h11 is asked about anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable

import h11

from chimera_tui.services.ollama.pieces import Read

_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})\r\n").match
_BEGUN = re.compile(rb"[0-9A-Fa-f]{0,15}\r?").fullmatch
_END = b"\r\n"
_HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


class PlainChunks:
    """Chunks that are a size, their data and nothing more, wherever the network cuts them.

    h11 makes some objects for every chunk, most of what reading a stream of small ones costs. So it gets only what
    is not plain: the last chunk, an extension, an error; and from there on all that follows.
    """

    def __init__(self) -> None:
        self._left = 0
        """Bytes of the chunk that are still to come, its line end among them."""
        self._begun = b""
        """What came of a size so far."""

    def feed(self, reads: Iterable[Read]) -> tuple[list[Read], Read | None]:
        """(the content that came with each read, the first read that is not plain from where it is so on).

        That one is for `parser`, and so is all that was not taken from `reads` by then.
        """
        contents: list[Read] = []
        for data, at_ns, source in reads:
            if not (self._left or self._begun) and (size := _SIZE(data)):
                start = size.end()
                stop = start + int(size[1], 16)
                if stop > start and data[stop:] == _END:  # as most reads are: one chunk and nothing more
                    contents.append((data[start:stop], at_ns, source))
                    continue
            parts: list[bytes] = []
            rest = self._cut(data, parts)
            if content := b"".join(parts):
                contents.append((content, at_ns, source))
            if rest is not None:
                return contents, (rest, at_ns, source)
        return contents, None

    def parser(self) -> h11.Connection:
        """One that stands where this one stands, and goes on from here."""
        http = h11.Connection(h11.CLIENT)
        http.send(h11.Request(method="GET", target="/", headers=[("host", "any")]))
        http.send(h11.EndOfMessage())
        if self._left:  # as if only its last byte had come so far, or that and half of the line end
            before = b"%x\r\n-" % (self._left - 1) if self._left >= len(_END) else b"1\r\n-\r"
        else:
            before = self._begun
        http.receive_data(_HEAD + before)
        while http.next_event() is not h11.NEED_DATA:
            pass
        return http

    def _cut(self, data: bytes, parts: list[bytes]) -> bytes | None:
        """What is not plain; None when all of it is."""
        if not data:
            return data
        begin = 0
        if self._left:
            begin = self._go_on(data, 0, parts)
        elif self._begun:
            data, self._begun = self._begun + data, b""
        while begin < len(data):
            size = None if self._left else _SIZE(data, begin)
            if size is None:
                if self._left or not _BEGUN(data, begin):
                    return data[begin:]
                self._begun = data[begin:]
                return None
            start = size.end()
            stop = start + int(size[1], 16)
            if start == stop:
                return data[begin:]
            self._left = stop + len(_END) - start
            begin = self._go_on(data, start, parts)
        return None

    def _go_on(self, data: bytes, begin: int, parts: list[bytes]) -> int:
        """Take what is there of a chunk; where it stopped, which is before the end when that is no line end."""
        stop = begin + max(0, self._left - len(_END))
        due = _END[-self._left :]
        came = data[stop : stop + len(due)]
        parts.append(data[begin:stop])
        if not due.startswith(came):
            self._left = len(due)
            return stop
        self._left = max(0, self._left - (len(data) - begin))
        return len(data) if self._left else stop + len(due)
