"""Where the lines of a body end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chimera_tui.services.ollama.pieces import ChannelError, Read

LINE_LIMIT_BYTES = 16 * 1024 * 1024


class LineCutter:
    """Cuts the body on newline bytes only (never on other line breaks, which are content)."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that this completes. Raises ChannelError when one grows beyond LINE_LIMIT_BYTES."""
        lines = data.split(b"\n")
        rest = lines.pop()
        if lines:
            if self._rest:
                lines[0] = bytes(self._rest) + lines[0]
                self._rest.clear()
            if not rest:
                return lines
        self._rest += rest
        if len(self._rest) > LINE_LIMIT_BYTES:
            raise ChannelError("line_too_long", f"a line of more than {LINE_LIMIT_BYTES >> 20} MiB")
        return lines

    def cut(self, reads: Iterable[Read]) -> Iterator[Read]:
        """Every line with the time of the read that completed it. Raises ChannelError."""
        for data, at_ns, source in reads:
            if not self._rest and data.find(b"\n") == len(data) - 1 >= 0:  # as most are: one line
                yield data[:-1], at_ns, source
            else:
                for line in self.feed(data):
                    yield line, at_ns, source

    def tail(self) -> bytes:
        return bytes(self._rest)
