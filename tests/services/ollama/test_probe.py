"""The probe as a process: what it is told and how it ends."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chimera_tui import resources
from chimera_tui.services.ollama.frames import Frame, FrameDecoder, FrameKind, StampSource
from chimera_tui.services.ollama.outbox import FLUSH_EVERY_NS
from tests.services.ollama.replay import Line, ReplayServer, Reply, ndjson, replaying
from tests.support import wait_until

MODULE = "chimera_tui.services.ollama.probe"
Running = subprocess.Popen[bytes]


def asked(server: ReplayServer) -> bytes:
    target = {"url": f"{server.url}/api/chat", "tls": False, "name": "127.0.0.1", "port": server.port,
              "path": "/api/chat", "headers": {"host": "h"}, "body": "{}"}  # fmt: skip
    return json.dumps(target).encode() + b"\n"


@contextmanager
def probing(server: ReplayServer) -> Iterator[Running]:
    command, environment = resources.child_command(MODULE), resources.child_environment()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment, bufsize=0) as probe:
        assert probe.stdin is not None
        probe.stdin.write(asked(server))
        try:
            yield probe
        finally:
            probe.kill()


def frames_of(probe: Running) -> Iterator[tuple[int, list[Frame]]]:
    """(when, what) of every read of the pipe, up to the last frame of a request."""
    assert probe.stdout is not None
    decoder = FrameDecoder()
    while data := probe.stdout.read(1 << 20):
        frames = [frame for frame in decoder.feed(data) if frame.kind is not FrameKind.READY]
        yield time.monotonic_ns(), frames
        if frames and frames[-1].kind in (FrameKind.CLOSED, FrameKind.ERROR):
            return


def test_frames_come_in_order() -> None:
    lines = [*ndjson({"n": 1}, {"n": 2}), Line(b"tail", newline=False)]
    with replaying(Reply(lines=lines)) as server, probing(server) as probe:
        frames = [frame for _, batch in frames_of(probe) for frame in batch]
    kinds = [frame.kind for frame in frames]
    assert kinds == [
        FrameKind.SENT,
        FrameKind.STATUS,
        FrameKind.LINE,
        FrameKind.LINE,
        FrameKind.TAIL,
        FrameKind.CLOSED,
    ]
    assert [frame.payload for frame in frames[2:5]] == [b'{"n": 1}', b'{"n": 2}', b"tail"]
    assert json.loads(frames[1].payload)["status"] == 200
    assert json.loads(frames[-1].payload) == {"clean": True, "why": ""}


def test_one_process_does_request_after_request_and_ends_with_its_input() -> None:
    replies = [Reply(lines=ndjson({"n": number})) for number in (1, 2)]
    with replaying(*replies) as server, probing(server) as probe:
        first = [frame for _, batch in frames_of(probe) for frame in batch]
        assert probe.stdin is not None
        probe.stdin.write(asked(server))
        second = [frame for _, batch in frames_of(probe) for frame in batch]
        probe.stdin.close()
        assert probe.wait(10) == 0
    assert [frame.payload for frame in first if frame.kind is FrameKind.LINE] == [b'{"n": 1}']
    assert [frame.payload for frame in second if frame.kind is FrameKind.LINE] == [b'{"n": 2}']
    assert [frame.kind for frame in second] == [frame.kind for frame in first]
    assert second[0].at_ns > first[-1].at_ns


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's receive time is asked for on Linux only")
def test_time_stamps_are_the_kernels_monotone_and_close_to_the_servers_own() -> None:
    lines = [Line(line.data, gap_s=0.004) for line in ndjson(*[{"n": n} for n in range(120)])]
    with replaying(Reply(lines=lines)) as server, probing(server) as probe:
        frames = [frame for _, batch in frames_of(probe) for frame in batch]
        sent_ns = server.seen[0].sent_ns
    arrived = [frame for frame in frames if frame.kind is FrameKind.LINE]
    assert sum(frame.source is StampSource.KERNEL for frame in arrived) > 0.9 * len(arrived)
    stamps = [frame.at_ns for frame in arrived]
    assert stamps == sorted(stamps)
    errors = [at - sent for at, sent in zip(stamps, sent_ns, strict=True)]
    assert -100_000 < statistics.median(errors) < 5e6
    assert frames[0].at_ns < sent_ns[0]


def test_the_first_content_comes_at_once_and_the_rest_in_batches() -> None:
    lines = [Line(line.data, gap_s=0.001) for line in ndjson(*[{"n": n} for n in range(300)])]
    with replaying(Reply(lines=lines)) as server, probing(server) as probe:
        reads = [(at, [f for f in batch if f.kind is FrameKind.LINE]) for at, batch in frames_of(probe)]
    reads = [(at, batch) for at, batch in reads if batch]
    first_at, first = reads[0]
    assert len(first) < 10
    assert first_at - first[0].at_ns < 200e6
    span = reads[-1][0] - first_at
    assert len(reads) <= span / (0.9 * FLUSH_EVERY_NS) + 3
    assert sum(len(batch) for _, batch in reads) == 300


def test_a_token_after_a_pause_does_not_wait_for_company() -> None:
    lines = [Line(line.data, gap_s=0.06) for line in ndjson(*[{"n": n} for n in range(8)])]
    with replaying(Reply(lines=lines)) as server, probing(server) as probe:
        waits = [at - f.at_ns for at, batch in frames_of(probe) for f in batch if f.kind is FrameKind.LINE]
    assert len(waits) == 8
    assert statistics.median(waits) < FLUSH_EVERY_NS / 2


def test_a_parent_that_stands_still_does_not_make_time_stamps_late() -> None:
    lines = [Line(line.data, gap_s=0.002) for line in ndjson(*[{"pad": "x" * 8000}] * 100)]
    with replaying(Reply(lines=lines)) as server, probing(server) as probe:
        wait_until(lambda: server.seen and len(server.seen[0].sent_ns) == 100, "the server to send all")
        frames = [frame for _, batch in frames_of(probe) for frame in batch]
    stamps = [frame.at_ns for frame in frames if frame.kind is FrameKind.LINE]
    assert len(stamps) == 100
    assert statistics.median(at - sent for at, sent in zip(stamps, server.seen[0].sent_ns, strict=True)) < 5e6


def test_the_end_of_its_input_closes_the_connection_and_ends_it() -> None:
    with replaying(Reply(lines=ndjson({}), hold=True)) as server, probing(server) as probe:
        wait_until(lambda: server.seen and server.seen[0].sent_ns, "the first line")
        assert probe.stdin is not None
        left_ns = time.monotonic_ns()
        probe.stdin.close()
        assert probe.wait(10) == 0
        wait_until(lambda: server.seen[0].closed_ns, "the server to see the close")
        assert server.seen[0].closed_ns is not None
        assert server.seen[0].closed_ns - left_ns < 500e6


def test_the_end_of_its_input_is_seen_while_tokens_flow() -> None:
    lines = [Line(line.data, gap_s=0.002) for line in ndjson(*[{"n": n} for n in range(5000)])]
    with replaying(Reply(lines=lines)) as server, probing(server) as probe:
        wait_until(lambda: server.seen and len(server.seen[0].sent_ns) > 50, "some tokens")
        assert probe.stdin is not None
        probe.stdin.close()
        assert probe.wait(10) == 0
        wait_until(lambda: server.seen[0].closed_ns, "the server to see the close")
        assert len(server.seen[0].sent_ns) < len(lines)


def test_what_came_is_told_though_nothing_follows() -> None:
    lines = [Line(line.data, gap_s=0.001) for line in ndjson(*[{"n": n} for n in range(30)])]
    with replaying(Reply(lines=lines, hold=True)) as server, probing(server) as probe:
        giving_up = threading.Timer(20, probe.kill)
        giving_up.start()
        told: list[bytes] = []
        for _, batch in frames_of(probe):
            told += [frame.payload for frame in batch if frame.kind is FrameKind.LINE]
            if len(told) == len(lines):
                break
        giving_up.cancel()
    assert told == [line.data for line in lines]


@pytest.mark.skipif(sys.platform != "linux", reason="the size of a pipe can be set on Linux only")
def test_what_a_quick_model_writes_between_two_flushes_fits_into_the_pipe() -> None:
    with replaying(Reply(lines=ndjson({}))) as server, probing(server) as probe:
        assert list(frames_of(probe))
        assert probe.stdout is not None
        assert fcntl.fcntl(probe.stdout, fcntl.F_GETPIPE_SZ) >= 256 * 1024


def test_it_goes_when_its_parent_is_killed() -> None:
    parent_code = (
        "import subprocess, sys, time\n"
        "probe = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "probe.stdin.write(sys.argv[1].encode()); probe.stdin.flush()\n"
        "print(probe.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    with replaying(Reply(lines=ndjson({}), hold=True)) as server:
        command = [sys.executable, "-c", parent_code, asked(server).decode(), *resources.child_command(MODULE)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=resources.child_environment()) as parent:
            assert parent.stdout is not None
            pid = int(parent.stdout.readline())
            wait_until(lambda: server.seen and server.seen[0].sent_ns, "the first line")
            parent.kill()
        wait_until(lambda: server.seen[0].closed_ns, "the server to see the close")
        wait_until(lambda: not _is_running(pid), "the probe to end")


def test_ctrl_c_of_the_terminal_does_not_end_it_and_sigterm_does() -> None:
    with replaying(Reply(lines=ndjson({}), hold=True)) as server, probing(server) as probe:
        wait_until(lambda: server.seen and server.seen[0].sent_ns, "the first line")
        probe.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            probe.wait(0.2)
        probe.send_signal(signal.SIGTERM)
        assert probe.wait(10) == -signal.SIGTERM
        wait_until(lambda: server.seen[0].closed_ns, "the server to see the close")


def test_a_parent_that_asks_for_nothing_costs_nothing() -> None:
    command, environment = resources.child_command(MODULE), resources.child_environment()
    ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, timeout=20)
    (ready,) = FrameDecoder().feed(ended.stdout)
    assert (ended.returncode, ready.kind, ended.stderr) == (0, FrameKind.READY, b"")


def test_it_starts_without_heavy_modules() -> None:
    code = f"import sys, {MODULE}; print(*sys.modules)"
    environment = resources.child_environment()
    listed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment, timeout=60, check=True
    )
    loaded = set(listed.stdout.decode().split())
    assert (
        loaded & {"asyncio", "httpx", "ollama", "pydantic", "ssl", "urllib.request", "logging", "textual"} == set()
    )


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:  # noqa: PTH123
        return stat.read().rpartition(")")[2].split()[0] != "Z"
