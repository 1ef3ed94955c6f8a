"""The channel in this process, so that a short answer can be cut at every byte."""

from __future__ import annotations

import json
import select
import socket
import threading

import pytest

from chimera_tui.services.ollama.channel import PlainChannel
from chimera_tui.services.ollama.lines import LINE_LIMIT_BYTES, LineCutter
from chimera_tui.services.ollama.pieces import Body, ChannelError, End, Status, Target
from tests.services.ollama.replay import Line, ReplayServer, Reply, ndjson, replaying

LINES = [*ndjson({"a": "é\u0085☃"}, {"b": 2}), Line(b""), Line(b'{"tail":1}', newline=False)]
WANTED = [line.data for line in LINES]


def wait(fd: int, events: int, seconds: float | None) -> bool:
    poller = select.poll()
    poller.register(fd, events)
    return bool(poller.poll(20_000 if seconds is None else seconds * 1000))


def read(port: int, name: str = "127.0.0.1") -> tuple[int | None, list[bytes], End]:
    """(status, lines with the tail last, how it ended)."""
    target = Target(f"http://{name}:{port}/", False, name, port, "/", {"host": "h"}, "{}")
    channel = PlainChannel.open(target, wait)
    status, lines, cutter = None, [], LineCutter()
    try:
        while True:
            assert wait(channel.fileno(), select.POLLIN, None)
            channel.collect(0)
            for piece in channel.receive():
                match piece:
                    case Status():
                        status = piece.status
                    case Body():
                        lines += [line for line, _, _ in cutter.cut(piece.reads)]
                    case End():
                        return status, [*lines, cutter.tail()], piece
    finally:
        channel.close()


@pytest.mark.parametrize("chunk_bytes", [None, 1, 2, 3, 7, 64])
def test_an_answer_is_the_same_wherever_the_network_cuts_it(chunk_bytes: int | None) -> None:
    whole = Reply(lines=LINES, chunk_bytes=chunk_bytes)
    with replaying(whole) as server:
        assert read(server.port)[:2] == (200, WANTED)
    replies = [Reply(lines=LINES, chunk_bytes=chunk_bytes, pieces=-cut) for cut in range(1, 110)]
    with replaying(*replies) as server:
        for _ in replies:
            status, lines, end = read(server.port)
            assert (status, lines, end.clean) == (200, WANTED, True)


@pytest.mark.parametrize("cut", range(1, 60, 3))
def test_lines_are_cut_on_newline_bytes_only(cut: int) -> None:
    data = "one\u0085still\u2028one\r\n\n\x0btwo\x1c\n".encode() + b"\xff\x85tail"
    cutter = LineCutter()
    lines = cutter.feed(data[:cut]) + cutter.feed(data[cut:])
    assert [*lines, cutter.tail()] == data.split(b"\n")


def test_a_line_beyond_the_limit_is_refused() -> None:
    cutter = LineCutter()
    with pytest.raises(ChannelError, match="16 MiB"):
        for _ in range(LINE_LIMIT_BYTES // 65536 + 1):
            cutter.feed(b"x" * 65536)


def test_a_content_length_that_is_not_kept_is_a_cut() -> None:
    with replaying(Reply(headers={"content-length": "999"}, lines=LINES)) as server:
        _, lines, end = read(server.port)
    assert lines == WANTED
    assert not end.clean


def test_a_body_that_ends_with_the_connection_is_whole() -> None:
    with replaying(Reply(headers={"content-length-is": "unknown", "connection": "close"}, lines=LINES)) as server:
        assert read(server.port)[2].clean
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answer = b"HTTP/1.0 200 OK\r\n\r\n" + b"\n".join(WANTED)
        threading.Thread(target=_answer_once, args=(listener, answer)).start()
        status, lines, end = read(listener.getsockname()[1])
    assert (status, lines, end.clean) == (200, WANTED, True)


def test_an_interim_answer_is_not_the_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answer = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
        threading.Thread(target=_answer_once, args=(listener, answer)).start()
        assert read(listener.getsockname()[1])[:2] == (200, [b"{}"])


def test_every_address_of_a_name_is_tried() -> None:
    with replaying(Reply(lines=LINES)) as server:
        assert read(server.port, "localhost")[0] == 200


def test_an_answer_before_the_whole_request_is_read_nevertheless() -> None:
    body = json.dumps({"error": "too large"}).encode()
    answer = b"HTTP/1.1 413 Large\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        threading.Thread(target=_answer_once, args=(listener, answer, 1)).start()
        target = Target(f"http://127.0.0.1:{port}/", False, "127.0.0.1", port, "/", {"host": "h"}, "x" * 100)
        channel = PlainChannel.open(target, wait)
        assert wait(channel.fileno(), select.POLLIN, None)
        channel.collect(0)
        statuses = [piece.status for piece in channel.receive() if isinstance(piece, Status)]
        channel.close()
    assert statuses == [413]


@pytest.mark.parametrize(
    "wire", [b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 999999 x\r\n\r\n", b"\x16\x03\x01" + b"\0" * 60]
)
def test_what_is_no_http_is_a_protocol_error(wire: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_answer_once, args=(listener, wire)).start()
        with pytest.raises(ChannelError) as caught:
            read(listener.getsockname()[1])
    assert caught.value.kind == "protocol"


def test_a_refused_connection_says_so() -> None:
    with replaying(Reply()) as server:
        port = server.port
    assert isinstance(server, ReplayServer)
    with pytest.raises(ChannelError, match="refused") as caught:
        read(port)
    assert caught.value.kind == "connect"


def _answer_once(listener: socket.socket, answer: bytes, read_bytes: int = 65536) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(read_bytes)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
