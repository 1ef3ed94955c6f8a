"""The least that a client can do, as the floor: a blocking socket, the kernel's stamps, nothing parsed meanwhile.

`python -m benchmarks.bare_client` reads one JSON document `{"host", "port", "path", "start_ns", "bodies"}` and
writes one JSON list with an object `{"sent_ns", "chunks_ns", "last"}` for each body, sent one after the other.
"""

from __future__ import annotations

import gc
import json
import socket
import struct
import sys
import time
from typing import Any

import h11

_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
_PAIRS = 100


def wall_offset_ns() -> int:
    """CLOCK_REALTIME − CLOCK_MONOTONIC, from the tightest of many pairs of readings."""
    pairs = []
    for _ in range(_PAIRS):
        before = time.monotonic_ns()
        wall = time.time_ns()
        after = time.monotonic_ns()
        pairs.append((after - before, wall - (before + after) // 2))
    return min(pairs)[1]


def ask(host: str, port: int, path: str, body: str) -> dict[str, Any]:
    """Send one request and read its stream to its end. All times on the monotonic clock, in ns."""
    payload = body.encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Type: application/json\r\nConnection: close\r\n"
    )
    wire = f"{head}Content-Length: {len(payload)}\r\n\r\n".encode() + payload
    reads: list[tuple[bytes, bytes]] = []
    with socket.socket() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        connection.connect((host, port))
        offset_ns = wall_offset_ns()
        sent_ns = time.monotonic_ns()
        connection.sendall(wire)
        while True:
            data, ancillary, _, _ = connection.recvmsg(65536, 64)
            if not data:
                break
            reads.append((data, ancillary[0][2]))
    if abs(wall_offset_ns() - offset_ns) > 20_000:
        raise SystemExit("the wall clock was set while a request went on; run again")
    return {"sent_ns": sent_ns, **_parsed(reads, offset_ns)}


def _parsed(reads: list[tuple[bytes, bytes]], offset_ns: int) -> dict[str, Any]:
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method="GET", target="/", headers=[("Host", "any")]))
    http.send(h11.EndOfMessage())
    chunks_ns: list[int] = []
    last: dict[str, Any] = {}
    for data, stamp in reads:
        seconds, rest = _TIMESPEC.unpack_from(stamp)
        http.receive_data(data)
        while (event := http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            if not isinstance(event, h11.Data):
                if isinstance(event, h11.EndOfMessage):
                    break
                continue
            line = json.loads(event.data)  # the simulator sends one line in one HTTP chunk
            if line["done"]:
                last = line
            else:
                chunks_ns.append(seconds * 1_000_000_000 + rest - offset_ns)
    return {"chunks_ns": chunks_ns, "last": last}


def main() -> None:
    task = json.load(sys.stdin)
    gc.disable()
    time.sleep(max(0, task["start_ns"] - time.monotonic_ns()) / 1e9)
    json.dump([ask(task["host"], task["port"], task["path"], body) for body in task["bodies"]], sys.stdout)


if __name__ == "__main__":
    main()
