"""An answer's bytes, cut anywhere: what comes out is what h11 alone would have given."""

from __future__ import annotations

from itertools import pairwise

import h11
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chimera_tui.services.ollama.frames import StampSource
from chimera_tui.services.ollama.http1 import HttpExchange
from chimera_tui.services.ollama.pieces import Body, ChannelError, End, Read, Status, Target

Told = tuple[list[int], list[tuple[bytes, int]], object]
"""(statuses, the content that came with each read, how it ended)."""

TARGET = Target("http://h/", False, "h", 80, "/", {"host": "h"}, "{}")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n"
HEADS = [
    CHUNKED,
    b"HTTP/1.1 103 Early\r\n\r\n" + CHUNKED,
    b"HTTP/1.1 404 X\ntransfer-encoding: chunked\ncontent-length: 3\n\n",
    b"HTTP/1.1 204 None\r\ntransfer-encoding: chunked\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 70\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\n",
    b"HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\n\r\n",
]
_CONTENT = st.binary(min_size=1, max_size=40) | st.sampled_from(
    [b"\n", b"\r\n", b"\r\n\r\n", b"5\r\n", b"0\r\n\r\n"]
)
_PLAIN = st.builds(lambda data, form: form % len(data) + b"\r\n" + data + b"\r\n",
                   _CONTENT, st.sampled_from([b"%x", b"%X", b"%04x"]))  # fmt: skip
_ODD = st.builds(lambda data, form: form % len(data) + data + b"\r\n",
                 _CONTENT, st.sampled_from([b"%x;a=b\r\n", b"%x \r\n", b"%019x\r\n", b"%x;\r\n"]))  # fmt: skip
_WRONG = st.sampled_from(
    b"|x\r\n|-1\r\n|1_0\r\n| 5\r\n|5\nabcde\r\n|2\r\nab\rc|2\r\nabc\r\n|2\r\nab\n|2\r\nab|\r|\xff\r\n|5 ;x\r\n|"
    b"\r\n|ffffffffffffffff\r\n|000000000000000000000\r\n|1111111111111111111111111".split(b"|")
)
_LAST = st.sampled_from(
    [b"0\r\n\r\n", b"000\r\n\r\n", b"0;x\r\n\r\n", b"0\r\na: b\r\n\r\n", b"0\r\n: b\r\n\r\n", b""]
)
_BODY = st.builds(
    lambda plain, others, last, after: b"".join([*plain, *others, last, after]),
    st.lists(_PLAIN, max_size=6),
    st.lists(_PLAIN | _ODD | _WRONG, max_size=2),
    _LAST,
    st.sampled_from([b"", b"more"]),
)


def reads_of(wire: bytes, cuts: list[int]) -> list[Read]:
    """The wire in pieces, each with a time of its own, and its end."""
    edges = [0, *sorted({cut % len(wire) for cut in cuts} - {0}), len(wire)]
    parts = [wire[start:stop] for start, stop in pairwise(edges)]
    return [(part, number, StampSource.KERNEL) for number, part in enumerate([*parts, b""])]


def told_by_us(reads: list[Read], at_a_time: int) -> Told:
    exchange = HttpExchange()
    exchange.request(TARGET)
    statuses: list[int] = []
    contents: list[tuple[bytes, int]] = []
    try:
        for start in range(0, len(reads), at_a_time):
            for piece in exchange.parse(reads[start : start + at_a_time]):
                match piece:
                    case Status():
                        statuses.append(piece.status)
                    case Body():
                        assert piece.reads
                        contents += [(data, at_ns) for data, at_ns, _ in piece.reads]
                    case End():
                        return statuses, contents, piece
    except ChannelError as error:
        return statuses, contents, (error.kind, str(error))
    return statuses, contents, None


def told_by_h11(reads: list[Read]) -> Told:
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="POST", target="/", headers=[("host", "h")]))
    http.send(h11.EndOfMessage())
    statuses: list[int] = []
    contents: list[tuple[bytes, int]] = []
    for data, at_ns, _ in reads:
        try:
            http.receive_data(data)
            while (event := http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                match event:
                    case h11.Response():
                        statuses.append(event.status_code)
                    case h11.Data():
                        contents.append((bytes(event.data), at_ns))
                    case h11.EndOfMessage():
                        return statuses, contents, End(True, "", at_ns)
        except h11.RemoteProtocolError as error:
            if data:
                return statuses, contents, ("protocol", f"not HTTP: {error}")
            where = "in the middle of the answer" if statuses else "without an answer"
            return statuses, contents, End(False, f"the server closed the connection {where}", at_ns)
    return statuses, contents, None


def joined(told: Told) -> Told:
    """The content of a read in one, however many chunks it came in."""
    statuses, contents, end = told
    by_read: dict[int, bytes] = {}
    for data, number in contents:
        by_read[number] = by_read.get(number, b"") + data
    return statuses, [(data, number) for number, data in by_read.items()], end


@given(
    head=st.just(CHUNKED) | st.sampled_from(HEADS),
    body=_BODY,
    cuts=st.lists(st.integers(0, 2000), max_size=12),
    lost=st.just(0) | st.integers(0, 60),
    at_a_time=st.integers(1, 20),
)
@example(head=CHUNKED, body=b"2\r\n\r\n\r\n0\r\n\r\n", cuts=[], lost=0, at_a_time=1)
@example(head=CHUNKED, body=b"2\r\nabc\r\n", cuts=[], lost=0, at_a_time=1)
def test_an_answer_is_what_h11_alone_would_give(
    head: bytes, body: bytes, cuts: list[int], lost: int, at_a_time: int
) -> None:
    wire = head + body
    reads = reads_of(wire[: max(1, len(wire) - lost)], cuts)
    assert joined(told_by_us(reads, at_a_time)) == joined(told_by_h11(reads))


@pytest.mark.parametrize(
    "body",
    [
        b"4\r\nab\r\n\r\n10\r\n0123456789abcde\n\r\n1\r\n\r\r\n0\r\n\r\n",
        b"4\r\nab\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\na: b\r\n\r\n",
        b"4\r\nabcd\rx2\r\nef\r\n",
        b"4\r\nabcd\r\n5g\r\nabcde\r\n",
        b"4\r\nabcd\r\n12345678901234567890123\r\n",
        b"4\r\nabcd\r\nff\r\nabc",
    ],
)
def test_chunks_are_the_same_cut_at_any_two_bytes(body: bytes) -> None:
    wire = CHUNKED + body
    whole = range(len(CHUNKED) - 3, len(wire))
    for first in whole:
        for second in (*range(first, min(first + 4, len(wire))), len(wire) - 1):
            reads = reads_of(wire, [first, second])
            assert joined(told_by_us(reads, 20)) == joined(told_by_h11(reads)), (first, second)


def test_a_chunk_size_without_end_is_refused() -> None:
    reads = [(CHUNKED, 0, StampSource.USER), (b"1;" + b"x" * 20_000, 1, StampSource.USER)]
    assert told_by_us(reads, 1) == told_by_h11(reads)
    assert told_by_us(reads, 1)[2] == ("protocol", "not HTTP: Receive buffer too long")
