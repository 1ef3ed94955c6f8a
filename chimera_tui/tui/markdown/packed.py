"""Lines that have settled, in a quarter of the memory: a line is looked at again only when it is on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from chimera_tui.tui.markdown.lines import Line, clean

_PART, _LINE = "\x1f", "\x1e"
"""No control character stands in a line."""
_CHUNK = 128
"""Lines that are kept as one string: a string of its own takes as much again as most lines."""


class Sink(Protocol):
    """Where settled lines go; a list is one."""

    def __len__(self) -> int: ...
    def extend(self, lines: Iterable[Line], /) -> None: ...


class PackedLines:
    """Grows at its end. Spans as tuples in tuples take 500 bytes a line, and garbage collection walks them all."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._tail: list[bytes] = []
        """The lines behind the chunks."""
        self._parted: tuple[int, list[bytes]] = (-1, [])
        """The chunk that was looked at last: who reads a line reads its neighbours."""

    def __len__(self) -> int:
        return len(self._chunks) * _CHUNK + len(self._tail)

    def __getitem__(self, index: int) -> Line:
        if not 0 <= index < len(self):
            raise IndexError(f"line {index} of {len(self)}")
        number, place = divmod(index, _CHUNK)
        return _unpacked(self._lines_of(number)[place])

    def __iter__(self) -> Iterator[Line]:
        return (self[index] for index in range(len(self)))

    def append(self, line: Line) -> None:
        self._tail.append(_packed(line))
        if len(self._tail) == _CHUNK:
            self._chunks.append(_LINE.encode().join(self._tail))
            self._tail.clear()

    def extend(self, lines: Iterable[Line], /) -> None:
        for line in lines:
            self.append(line)

    def _lines_of(self, number: int) -> list[bytes]:
        if number == len(self._chunks):
            return self._tail
        if self._parted[0] != number:
            self._parted = number, self._chunks[number].split(_LINE.encode())
        return self._parted[1]


def _packed(line: Line) -> bytes:
    parts = [line.fill]
    for text, style in line.spans:
        parts += text, style
    joined = _PART.join(parts)
    if joined.count(_PART) >= len(parts) or _LINE in joined:
        joined = _PART.join(clean(part) for part in parts)
    return joined.encode("utf-8", "surrogatepass")


def _unpacked(packed: bytes) -> Line:
    parts = packed.decode("utf-8", "surrogatepass").split(_PART)
    return Line(tuple(zip(parts[1::2], parts[2::2], strict=True)), parts[0])
