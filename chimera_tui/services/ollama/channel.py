"""One HTTP request over a plain socket, read with the time of every byte; and what any channel can do."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from typing import Protocol

from chimera_tui.services.ollama.http1 import HttpExchange
from chimera_tui.services.ollama.pieces import ChannelError, End, Piece, Target
from chimera_tui.services.ollama.stamps import StampedSocket

CONNECT_TIMEOUT_S = 5.0
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))


def socket_options() -> list[tuple[int, int, int]]:
    """No delay, and keep-alive: a server may be silent for minutes before its first token, but one whose machine
    is gone is noticed after 90 s."""
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    known = [(getattr(socket, name, None), value) for name, value in _KEEPALIVE]
    return options + [(socket.IPPROTO_TCP, option, value) for option, value in known if option is not None]


Wait = Callable[[int, int, float | None], bool]
"""`wait(fd, poll events, seconds or None)` blocks until the descriptor is ready and gives False when the time is
up; it raises Cancelled when the parent goes away."""


class Channel(Protocol):
    """A request that was sent, and its answer as it comes."""

    @property
    def sent_ns(self) -> int | None:
        """Just before the first byte of the request left; None before that."""
        ...

    def fileno(self) -> int: ...

    def collect(self, due_ns: int) -> bool:
        """Take off what made `fileno` readable, with its time, and no more; True when nothing else will come.

        What follows closely may be taken off as well, if it returns by `due_ns` on the monotonic clock.
        """
        ...

    def receive(self) -> Iterator[Piece]:
        """Parse what was collected since the last call. Raises ChannelError."""
        ...

    def close(self) -> None: ...


class PlainChannel:
    """HTTP/1.1 over TCP."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._stamped = StampedSocket(sock)
        self._http = HttpExchange()
        self._broken: End | None = None
        self.sent_ns: int | None = None

    @classmethod
    def open(cls, target: Target, wait: Wait) -> PlainChannel:
        """Connect and send the request. Raises ChannelError or Cancelled."""
        channel = cls(_connect(target, wait))
        try:
            channel._send(target, wait)
            channel._stamped.block()
        except BaseException:
            channel.close()
            raise
        return channel

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self._sock.close()

    def _send(self, target: Target, wait: Wait) -> None:
        left = memoryview(self._http.request(target))
        self.sent_ns = time.monotonic_ns()
        while left:
            try:
                left = left[self._sock.send(left) :]
            except BlockingIOError:
                wait(self.fileno(), select.POLLOUT, None)
            except OSError:
                return  # the server may have answered and closed before it read everything: read that answer

    def collect(self, due_ns: int) -> bool:
        try:
            return not self._stamped.receive(due_ns)
        except OSError as error:
            self._broken = End(False, _reason(error), time.monotonic_ns())
            return True

    def receive(self) -> Iterator[Piece]:
        yield from self._http.parse(self._stamped.take())
        if self._broken is not None:
            yield self._broken


def _connect(target: Target, wait: Wait) -> socket.socket:
    """Try every address of the host in turn, each for CONNECT_TIMEOUT_S."""
    try:
        found = socket.getaddrinfo(target.name, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise ChannelError("resolve", _reason(error)) from error
    reason = "no address"
    for family, kind, protocol, _, address in found:
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            reason = _reason(error)
            continue
        try:
            failed = _connect_one(sock, address, wait)
        except BaseException:
            sock.close()
            raise
        if not failed:
            return sock
        sock.close()
        reason = failed
    raise ChannelError("connect", reason)


def _connect_one(sock: socket.socket, address: object, wait: Wait) -> str:
    """Empty when connected, else the reason why not."""
    sock.setblocking(False)
    for option in socket_options():
        sock.setsockopt(*option)
    StampedSocket.ask_for_stamps(sock)
    code = sock.connect_ex(address)  # type: ignore[arg-type]  # as getaddrinfo gave it
    if code == errno.EINPROGRESS:
        if not wait(sock.fileno(), select.POLLOUT, CONNECT_TIMEOUT_S):
            return f"no connection within {CONNECT_TIMEOUT_S:g} s"
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return _reason(OSError(code, "")) if code else ""


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or os.strerror(error.errno or 0)
    return str(error)
