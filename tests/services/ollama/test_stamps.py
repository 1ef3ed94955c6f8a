from __future__ import annotations

import select
import socket
import struct
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chimera_tui.services.ollama.frames import StampSource
from chimera_tui.services.ollama.pieces import Read
from chimera_tui.services.ollama.stamps import StampedSocket, wall_offset_ns
from tests.support import wait_until

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's receive time is asked for on Linux only")


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """(the server's end, the client's end with stamps asked for)."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
        StampedSocket.ask_for_stamps(client)
        client.connect(listener.getsockname())
        server, _ = listener.accept()
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with server:
            if sys.platform == "linux":
                wait_until(lambda: _is_stamped(server, client), "the kernel to begin with its stamps")
            yield server, client


def _is_stamped(server: socket.socket, client: socket.socket) -> bool:
    """The first socket that asks makes the kernel turn stamps on, a moment later."""
    server.sendall(b"w")
    return bool(client.recvmsg(1, 64)[1])


def _read(stamped: StampedSocket) -> Read:
    stamped.receive()
    (read,) = stamped.take()
    return read


def _arrived(sock: socket.socket) -> None:
    assert select.select([sock], [], [], 10)[0]


def test_the_offset_of_the_clocks_is_measured_to_a_microsecond_or_so() -> None:
    offsets = sorted(wall_offset_ns() for _ in range(21))
    assert offsets[15] - offsets[5] < 50_000
    assert abs(offsets[10] - (time.time_ns() - time.monotonic_ns())) < 50e6


@linux
def test_a_stamp_is_when_the_bytes_came_not_when_they_were_read(pair: tuple[socket.socket, socket.socket]) -> None:
    server, client = pair
    stamped = StampedSocket(client)
    before = time.monotonic_ns()
    server.sendall(b"x")
    _arrived(client)
    after = time.monotonic_ns()
    while time.monotonic_ns() < after + 50e6:
        wall_offset_ns()  # the reader is busy with something else
    data, at_ns, source = _read(stamped)
    assert data == b"x"
    assert source is StampSource.KERNEL
    assert before - 50_000 <= at_ns <= after + 50_000


@linux
def test_a_wall_clock_that_was_stepped_is_noticed_and_costs_one_stamp(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    server, client = pair
    stamped = StampedSocket(client)
    stamped._offset_ns -= 3_600_000_000_000  # as if the clock had been set forward by an hour since
    sources = []
    for _ in range(3):
        before = time.monotonic_ns()
        server.sendall(b"x")
        _arrived(client)
        _, at_ns, source = _read(stamped)
        sources.append(source)
        assert before - 50_000 <= at_ns <= time.monotonic_ns()
    assert sources == [StampSource.USER, StampSource.KERNEL, StampSource.KERNEL]


def test_reads_that_follow_closely_are_taken_off_in_one_go(pair: tuple[socket.socket, socket.socket]) -> None:
    server, client = pair
    stamped = StampedSocket(client)
    stamped.block()

    def answer_each() -> None:
        for number in range(1, 5):
            while len(stamped._received) < number:
                time.sleep(0)
            server.sendall(b"%d" % number)

    def all_but_the_first_come_in_one_go() -> bool:
        """Not every time: on a busy machine some do not follow closely."""
        with ThreadPoolExecutor(1) as pool:
            sending = pool.submit(answer_each)
            server.sendall(b"0")
            taken = []
            while len(stamped._received) < 5:
                _arrived(client)
                stamped.receive(time.monotonic_ns() + 60_000_000_000)
                taken.append(len(stamped._received))
            sending.result()
        reads = stamped.take()
        assert [data for data, _, _ in reads] == [b"0", b"1", b"2", b"3", b"4"]
        assert [at_ns for _, at_ns, _ in reads] == sorted(at_ns for _, at_ns, _ in reads)
        return taken == [1, 5]

    wait_until(all_but_the_first_come_in_one_go, "four reads in one go")
    server.sendall(b"x")
    _arrived(client)
    assert stamped.receive(time.monotonic_ns())
    assert len(stamped.take()) == 1


def test_without_kernel_stamps_the_time_of_the_read_is_used() -> None:
    left, right = socket.socketpair()
    with left, right:
        stamped = StampedSocket(right)
        left.sendall(b"x")
        before = time.monotonic_ns()
        _, at_ns, source = _read(stamped)
        assert source is StampSource.USER
        assert before <= at_ns <= time.monotonic_ns()


@linux
def test_stamps_never_go_back(pair: tuple[socket.socket, socket.socket]) -> None:
    server, client = pair
    stamped = StampedSocket(client)
    stamps = []
    for _ in range(200):
        server.sendall(b"x")
        _arrived(client)
        stamps.append(_read(stamped)[1])
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
    server.shutdown(socket.SHUT_WR)
    _arrived(client)
    data, end_ns, _ = _read(stamped)
    assert data == b""
    assert [*stamps, end_ns] == sorted([*stamps, end_ns])
