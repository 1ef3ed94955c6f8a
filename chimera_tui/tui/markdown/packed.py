"""Lines that have settled, in a quarter of the memory: a line is looked at again only when it is on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from chimera_tui.tui.markdown.lines import Line, clean

_PART = "\x1f"
"""No control character stands in a line."""


class Sink(Protocol):
    """Where settled lines go; a list is one."""

    def __len__(self) -> int: ...
    def extend(self, lines: Iterable[Line], /) -> None: ...


class PackedLines:
    """Grows at its end. Each line is one string: spans as tuples in tuples take 500 bytes a line, and garbage
    collection walks them all."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []

    def __len__(self) -> int:
        return len(self._packed)

    def __getitem__(self, index: int) -> Line:
        return _unpacked(self._packed[index])

    def __iter__(self) -> Iterator[Line]:
        return map(_unpacked, self._packed)

    def append(self, line: Line) -> None:
        self._packed.append(_packed(line))

    def extend(self, lines: Iterable[Line], /) -> None:
        self._packed.extend(map(_packed, lines))


def _packed(line: Line) -> bytes:
    parts = [line.fill]
    for text, style in line.spans:
        parts += text, style
    joined = _PART.join(parts)
    if joined.count(_PART) >= len(parts):
        joined = _PART.join(clean(part) for part in parts)
    return joined.encode("utf-8", "surrogatepass")


def _unpacked(packed: bytes) -> Line:
    parts = packed.decode("utf-8", "surrogatepass").split(_PART)
    return Line(tuple(zip(parts[1::2], parts[2::2], strict=True)), parts[0])
