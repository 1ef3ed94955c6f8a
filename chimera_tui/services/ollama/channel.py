"""One HTTP request over a plain socket, read with the time of every byte; and the pieces any channel gives."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

import h11

from chimera_tui.services.ollama.frames import StampSource
from chimera_tui.services.ollama.stamps import Read, StampedSocket

CONNECT_TIMEOUT_S = 5.0
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 6))


def socket_options() -> list[tuple[int, int, int]]:
    """No delay, and keep-alive: a server may be silent for minutes before its first token, but one whose machine
    is gone is noticed after 90 s."""
    options = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    known = [(getattr(socket, name, None), value) for name, value in _KEEPALIVE]
    return options + [(socket.IPPROTO_TCP, option, value) for option, value in known if option is not None]


class Target(NamedTuple):
    """What the daemon asks the probe for, as one JSON object on standard input."""

    url: str
    tls: bool
    name: str
    port: int
    path: str
    headers: Mapping[str, str]
    body: str


class Status(NamedTuple):
    status: int
    headers: dict[str, str]
    at_ns: int
    source: StampSource


class Body(NamedTuple):
    data: bytes
    at_ns: int
    source: StampSource


class End(NamedTuple):
    """The body is over: cleanly, or cut with a reason."""

    clean: bool
    why: str
    at_ns: int


Piece = Status | Body | End
Wait = Callable[[int, int, float | None], bool]
"""`wait(fd, poll events, seconds or None)` blocks until the descriptor is ready and gives False when the time is
up; it raises Cancelled when the parent goes away."""


class ChannelError(Exception):
    """No answer can be had: `kind` is `connect`, `resolve` or `protocol`."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Cancelled(Exception):
    """The parent went away or asked to stop."""


class Channel(Protocol):
    """A request that was sent, and its answer as it comes."""

    @property
    def sent_ns(self) -> int | None:
        """Just before the first byte of the request left; None before that."""
        ...

    def fileno(self) -> int: ...

    def collect(self) -> bool:
        """Take off what made `fileno` readable, with its time, and no more; True when nothing else will come."""
        ...

    def receive(self) -> Iterator[Piece]:
        """Parse what was collected since the last call. Raises ChannelError."""
        ...

    def close(self) -> None: ...


class PlainChannel:
    """HTTP/1.1 over TCP. h11 parses; it never touches the socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._stamped = StampedSocket(sock)
        self._http = h11.Connection(h11.CLIENT)
        self._answered = False
        self._broken: End | None = None
        self.sent_ns: int | None = None

    @classmethod
    def open(cls, target: Target, wait: Wait) -> PlainChannel:
        """Connect and send the request. Raises ChannelError or Cancelled."""
        channel = cls(_connect(target, wait))
        try:
            channel._send(target, wait)
        except BaseException:
            channel.close()
            raise
        return channel

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self._sock.close()

    def _send(self, target: Target, wait: Wait) -> None:
        body = target.body.encode("utf-8", "replace")
        headers = {**target.headers, "content-length": str(len(body))}
        request = h11.Request(method="POST", target=target.path, headers=list(headers.items()))
        wire = [
            self._http.send(request),
            self._http.send(h11.Data(data=body)),
            self._http.send(h11.EndOfMessage()),
        ]
        left = memoryview(b"".join(part for part in wire if part))
        self.sent_ns = time.monotonic_ns()
        while left:
            try:
                left = left[self._sock.send(left) :]
            except BlockingIOError:
                wait(self.fileno(), select.POLLOUT, None)
            except OSError:
                return  # the server may have answered and closed before it read everything: read that answer

    def collect(self) -> bool:
        try:
            return not self._stamped.receive()
        except BlockingIOError:
            return False
        except OSError as error:
            self._broken = End(False, _reason(error), time.monotonic_ns())
            return True

    def receive(self) -> Iterator[Piece]:
        for read in self._stamped.take():
            yield from self._parse(read)
        if self._broken is not None:
            yield self._broken

    def _parse(self, read: Read) -> Iterator[Piece]:
        data, at_ns, source = read
        try:
            self._http.receive_data(data)
            while (event := self._http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                match event:
                    case h11.Data():
                        yield Body(bytes(event.data), at_ns, source)
                    case h11.Response():
                        self._answered = True
                        yield Status(event.status_code, _headers(event), at_ns, source)
                    case h11.EndOfMessage():
                        yield End(True, "", at_ns)
                        return
        except h11.RemoteProtocolError as error:
            if data:
                raise ChannelError("protocol", f"not HTTP: {error}") from error
            where = "in the middle of the answer" if self._answered else "without an answer"
            yield End(False, f"the server closed the connection {where}", at_ns)


def _headers(response: h11.Response) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}


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
