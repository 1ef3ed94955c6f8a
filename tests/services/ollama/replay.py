"""A server on the loopback that sends what a real Ollama sent, byte for byte, and remembers what it saw."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Line:
    """One line of a body; `gap_s` is the wait before it."""

    data: bytes
    newline: bool = True
    gap_s: float = 0.0

    @property
    def wire(self) -> bytes:
        return self.data + (b"\n" if self.newline else b"")


@dataclass(frozen=True)
class Reply:
    """What the server answers."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/x-ndjson"})
    """Without a content-length the body goes out in chunks."""
    lines: Sequence[Line] = ()
    cut: bool = False
    """End the connection without the terminating chunk."""
    reset: bool = False
    """End it with RST instead of FIN."""
    pieces: int | None = None
    """Send head and body in writes of so many bytes; negative: in two writes, cut after so many."""
    chunk_bytes: int | None = None
    """Size of the chunks, whatever the lines."""
    hold: bool = False
    """Keep the connection open, and note when the client closes it."""

    @property
    def chunked(self) -> bool:
        return "content-length" not in self.headers


@dataclass
class Seen:
    """One request as the server saw it. Times are on the monotonic clock."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    sent_ns: list[int] = field(default_factory=list)
    """Before each line was sent."""
    closed_ns: int | None = None
    """When the client's close was noticed, while sending or holding."""


@dataclass(frozen=True)
class Capture:
    """One recorded exchange of a real server."""

    name: str
    method: str
    path: str
    request: Mapping[str, Any] | None
    reply: Reply | None
    """None when nothing listened."""

    @property
    def parts(self) -> list[dict[str, Any]]:
        assert self.reply is not None
        return [json.loads(line.data) for line in self.reply.lines]


def load_capture(path: Path, longest_gap_s: float = 0.002) -> Capture:
    """Read a capture; waits between lines are shortened to `longest_gap_s`."""
    if path.suffix == ".json":
        head = json.loads(path.read_text("utf-8"))
        body = head["body"].encode()
        headers = {"content-type": head["content_type"], "content-length": str(len(body))}
        reply = Reply(head["status"], headers, [Line(body, newline=False)])
        return Capture(head["capture"], head["method"], head["path"], head["request"], reply)
    head, *records = (json.loads(line) for line in path.read_text("utf-8").split("\n") if line)
    opening = next((record for record in records if record.get("event") == "headers"), None)
    if opening is None:
        return Capture(head["capture"], head["method"], head["path"], head["request"], None)
    headers = {name: value for name, value in opening["headers"].items() if name != "transfer-encoding"}
    lines, last_ms = [], opening["t_ms"]
    for record in records:
        if "line" in record:
            gap = min(longest_gap_s, (record["t_ms"] - last_ms) / 1000)
            lines.append(Line(record["line"].encode(), not record.get("no_newline", False), gap))
            last_ms = record["t_ms"]
    cut = bool(records[-1]["error"])
    return Capture(head["capture"], head["method"], head["path"], head["request"],
                   Reply(opening["status"], headers, lines, cut=cut))  # fmt: skip


class ReplayServer:
    """Answers every connection with `reply(seen)`, in a thread each."""

    def __init__(
        self, reply: Callable[[Seen], Reply], wrap: Callable[[socket.socket], socket.socket] | None = None
    ):
        self._reply = reply
        self._wrap = wrap
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.seen: list[Seen] = []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        for thread in list(self._threads):
            thread.join(10)
            assert not thread.is_alive()
        self._listener.close()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            connection, _ = self._listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, raw: socket.socket) -> None:
        connection = raw
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            connection = self._wrap(raw) if self._wrap else raw
            stack.enter_context(connection)
            seen = _read_request(connection)
            if seen is None:
                return
            self.seen.append(seen)
            try:
                self._answer(connection, seen, self._reply(seen))
            except ConnectionError:  # the client left with bytes unread
                seen.closed_ns = time.monotonic_ns()

    def _answer(self, connection: socket.socket, seen: Seen, reply: Reply) -> None:
        headers = dict(reply.headers)
        if reply.chunked:
            headers["transfer-encoding"] = "chunked"
        head = f"HTTP/1.1 {reply.status} X\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n"
        if reply.pieces is not None:
            _send_in_pieces(connection, head.encode() + _body(reply), reply.pieces)
        else:
            if not reply.lines:
                connection.sendall(head.encode())
            for index, line in enumerate(reply.lines):
                if line.gap_s:
                    time.sleep(line.gap_s)
                wire = (head.encode() if index == 0 else b"") + _framed(line.wire, reply)
                seen.sent_ns.append(time.monotonic_ns())
                connection.sendall(wire)
            if reply.chunked and not reply.cut and not reply.hold:
                connection.sendall(b"0\r\n\r\n")
        if reply.hold:
            self._hold(connection, seen)
        if reply.reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _hold(self, connection: socket.socket, seen: Seen) -> None:
        watched = select.poll()  # select.select knows no descriptor beyond 1,023
        watched.register(connection, select.POLLIN)
        while not self._stopping.is_set():
            if watched.poll(20) and not connection.recv(65536):
                seen.closed_ns = time.monotonic_ns()
                return


def _read_request(connection: socket.socket) -> Seen | None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return None
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    method, path, _ = first.split(" ")
    return Seen(method, path, headers, json.loads(body) if body else None)


def _framed(data: bytes, reply: Reply) -> bytes:
    if not reply.chunked:
        return data
    size = reply.chunk_bytes or max(1, len(data))
    parts = (data[start : start + size] for start in range(0, len(data), size))
    return b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts)


def _body(reply: Reply) -> bytes:
    body = b"".join(_framed(line.wire, reply) for line in reply.lines)
    return body + (b"0\r\n\r\n" if reply.chunked and not reply.cut else b"")


def _send_in_pieces(connection: socket.socket, data: bytes, size: int) -> None:
    """A cut at byte `size` when it is negative, else a write every `size` bytes."""
    cuts = [-size] if size < 0 else list(range(size, len(data), size))
    for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
        connection.sendall(data[start:end])
        time.sleep(0.001)


@contextlib.contextmanager
def replaying(
    *replies: Reply | Capture, wrap: Callable[[socket.socket], socket.socket] | None = None
) -> Iterator[ReplayServer]:
    """Serve the replies in order, the last one again and again."""
    plain = [reply.reply if isinstance(reply, Capture) else reply for reply in replies]
    left = iter(plain[:-1])

    def choose(_: Seen) -> Reply:
        reply = next(left, plain[-1])
        assert reply is not None
        return reply

    server = ReplayServer(choose, wrap)
    try:
        yield server
    finally:
        server.stop()


def ndjson(*values: object) -> list[Line]:
    return [Line(json.dumps(value, ensure_ascii=False).encode()) for value in values]
