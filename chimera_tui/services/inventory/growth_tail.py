"""The bytes of one file that is appended to: read from where the last reading ended, as whole lines."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator
from hashlib import blake2b
from time import time_ns

from chimera_tui.services.inventory.facts import open_regular

TAIL_BYTES = 64 << 20
"""Of a longer file only the end is read."""
PIECE_BYTES = 1 << 20
LONGEST_LINE = 4 << 20
"""A longer line is left out."""
_WINDOW = 4_096
"""Bytes at the beginning and before the end of what was read that must be the same for the reading to go on."""
_SMALL = 1 << 20
"""So much is compared whole."""
_STILL_NS = 3_600_000_000_000
"""After so long without a change, a last line without its end is taken for whole: a buffer that was written in the
middle of a row may be followed by the rest minutes later."""
_HEAD = 64 << 10
_LEAST_BYTES = 4
"""Of fewer it can not be told how they are encoded, and no row is in them."""

CUT_SHORT, ANEW, REPLACED = "it was cut short", "it was written anew", "another file took its place"


class NoRows(Exception):
    """Why a file has no rows that could be told."""


class Tail:
    """Iterate over `read`; `restarted` is called with the reason before lines start over."""

    def __init__(self, restarted: Callable[[str], None]) -> None:
        self._restarted = restarted
        self.mtime_ns = 0
        self.size_bytes = 0
        self._seen: tuple[int, int, int, int] | None = None
        """Device, inode, size and mtime."""
        self._forget()

    def _forget(self) -> None:
        self.start = 0
        """Where in the file the reading began."""
        self.offset = 0
        self.long_lines = 0
        self.nul_bytes = 0
        self.head = b""
        """The first bytes of a file of which only the end is read."""
        self._first = self._last = b""
        self._digest = blake2b(digest_size=16)
        self._decoder: codecs.IncrementalDecoder | None = None
        self._carry = b""
        self._skipping = False
        self._taken_early = False

    @property
    def held_back(self) -> str:
        """The last line, while it has no end."""
        return self._carry.decode("utf-8", "replace")

    def take_held_back(self) -> str:
        """It is whole after all. Should it go on, the lines start over."""
        line, self._carry = self.held_back, b""
        self._taken_early = True
        return line + "\n"

    @property
    def is_still(self) -> bool:
        """Whether the file was not written for a while."""
        return time_ns() - self.mtime_ns > _STILL_NS

    def read(self, raw_path: str) -> Iterator[str]:
        """New whole lines, some at a time. Raises OSError, and NoRows for what is no text."""
        descriptor, status = open_regular(raw_path)
        try:
            seen = _identity(status)
            if seen == self._seen:
                return
            self.mtime_ns, self.size_bytes = status.st_mtime_ns, status.st_size
            why = self._why_anew(descriptor, status)
            if why:
                self._forget()
                self._restarted(why)
            if self.offset == 0 and status.st_size < _LEAST_BYTES:
                self._seen = seen
                return
            # whoever reads may stop in the middle, and go on from there
            self._seen = (status.st_dev, status.st_ino, -1, -1)
            if self.offset == 0:
                self._begin(descriptor, status.st_size)
            yield from self._new_lines(descriptor, status.st_size)
            # what came while it was read is either behind the offset or was read
            after = os.fstat(descriptor)
            self._seen = _identity(after) if after.st_size == self.offset else seen
        finally:
            os.close(descriptor)

    def _why_anew(self, descriptor: int, status: os.stat_result) -> str:
        if self._seen is None or self.offset == 0:
            return ""
        replaced = self._seen[:2] != (status.st_dev, status.st_ino)
        if status.st_size < self.offset:
            return REPLACED if replaced else CUT_SHORT
        if self._taken_early and os.pread(descriptor, 1, self.offset) not in (b"", b"\n", b"\r"):
            return "its last line went on"
        length = self.offset - self.start
        if replaced or status.st_size == self.offset or length <= _SMALL:
            same = self._digest_of(descriptor) == self._digest.digest()
        else:
            same = os.pread(descriptor, len(self._first), self.start) == self._first
            same = same and os.pread(descriptor, len(self._last), self.offset - len(self._last)) == self._last
        if same:
            return ""
        return REPLACED if replaced else ANEW

    def _digest_of(self, descriptor: int) -> bytes:
        """Of what was read before, as it is now."""
        digest, at = blake2b(digest_size=16), self.start
        while at < self.offset and (piece := os.pread(descriptor, min(PIECE_BYTES, self.offset - at), at)):
            digest.update(piece)
            at += len(piece)
        return digest.digest()

    def _begin(self, descriptor: int, size_bytes: int) -> None:
        head = os.pread(descriptor, 8_192, 0)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            name = "utf-16-le" if head.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
            self._decoder = codecs.getincrementaldecoder(name)("replace")
        elif b"\0" in head.lstrip(b"\0"):  # a hole at the beginning is left by one who was cut short
            raise NoRows("binary content, not read")
        if size_bytes > TAIL_BYTES:
            self.start = self.offset = (size_bytes - TAIL_BYTES) & ~1
            self._skipping = True
            self.head = os.pread(descriptor, _HEAD, 0) if self._decoder is None else b""

    def _new_lines(self, descriptor: int, size_bytes: int) -> Iterator[str]:
        while self.offset < size_bytes:
            piece = os.pread(descriptor, min(PIECE_BYTES, size_bytes - self.offset), self.offset)
            if not piece:
                return  # cut short meanwhile: the next reading will see it
            self._digest.update(piece)
            if len(self._first) < _WINDOW:
                self._first = (self._first + piece)[:_WINDOW]
            self._last = (self._last + piece)[-_WINDOW:]
            at_beginning = self.offset == 0
            self._taken_early = False
            self.offset += len(piece)
            if lines := self._whole_lines(self._as_utf8(piece, at_beginning)):
                yield lines.decode("utf-8", "replace")

    def _as_utf8(self, piece: bytes, at_beginning: bool) -> bytes:
        if self._decoder is not None:
            text = self._decoder.decode(piece)
            return text.removeprefix("\ufeff").encode() if at_beginning else text.encode()
        if b"\0" in piece:
            self.nul_bytes += piece.count(b"\0")
            piece = piece.replace(b"\0", b"")
        return piece.removeprefix(codecs.BOM_UTF8) if at_beginning else piece

    def _whole_lines(self, data: bytes) -> bytes:
        if self._skipping:
            _, end, data = data.partition(b"\n")
            if not end:
                return b""
            self._skipping = False
        data = self._carry + data
        whole = data.rfind(b"\n") + 1
        self._carry = data[whole:]
        if len(self._carry) > LONGEST_LINE:
            self._carry, self._skipping = b"", True
            self.long_lines += 1
        return data[:whole]


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
