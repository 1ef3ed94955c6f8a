"""When each token left: a file of binary stamps, so that a client's own stamps can be checked against them."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

from chimera_tui.domain.errors import ChimeraError

_ROW = struct.Struct("<Iqq")


class SendStamp(NamedTuple):
    """One token on its way. Monotonic clock of this machine, in ns."""

    request: int
    """Requests are counted from 1 in the order in which they came."""
    before_ns: int
    """Just before the chunk was given to the kernel."""
    after_ns: int
    """When the kernel had taken it: on the loopback interface it has been received by then."""


class CannotLogStamps(ChimeraError):
    code = "cannot_log_stamps"


class StampLog:
    """Stamps are kept in memory while a request decodes and written at its end, so that no disk delays a token."""

    def __init__(self, path: Path) -> None:
        """Begins an empty file. Raises CannotLogStamps."""
        try:
            path.write_bytes(b"")
        except OSError as error:
            raise CannotLogStamps(
                f"send stamps can not be written to {path}: {error.strerror}",
                next_="Give --stamp-log another file.",
            ) from error
        self._path = path
        self._rows = bytearray()

    def sent(self, request: int, before_ns: int, after_ns: int) -> None:
        self._rows += _ROW.pack(request, before_ns, after_ns)

    def flush(self) -> None:
        with self._path.open("ab") as file:
            file.write(self._rows)
        self._rows.clear()


def read_stamps(path: Path) -> list[SendStamp]:
    """Every whole row of a log, in the order of sending."""
    data = path.read_bytes()
    whole = len(data) // _ROW.size * _ROW.size
    return [SendStamp(*row) for row in _ROW.iter_unpack(data[:whole])]
