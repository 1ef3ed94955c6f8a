"""Who is at the other end of a Unix socket, as the kernel says."""

from __future__ import annotations

import socket
import struct
from typing import Protocol

from chimera_tui.domain.errors import DaemonUnreachable

_PEER = struct.Struct("3i")
"""`struct ucred`: process, user, group."""


class Connection(Protocol):
    """A socket, or asyncio's view of one."""

    def getsockopt(self, level: int, name: int, size: int, /) -> bytes: ...


def peer_uid(connection: Connection) -> int | None:
    """The user who opened the other end; None where the kernel does not say (it does on Linux).

    A user of a container whom this one does not know is the overflow user, so nobody of ours.
    """
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    _, uid, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, option, _PEER.size))
    return int(uid)


def is_of(connection: Connection, uid: int) -> bool:
    """Whether that user opened the other end, as far as the kernel says."""
    return peer_uid(connection) in (uid, None)


def stranger(path: str) -> DaemonUnreachable:
    """Somebody else listens on a socket of ours."""
    return DaemonUnreachable(
        "the daemon's socket was opened by somebody else",
        where=path,
        next_="Remove it, see who may write its folder, or set CHIMERA_RUNTIME_DIR to a folder of your own.",
    )
