"""How the process starts, says so, and ends: it never outlives what started it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys

import psutil
import pytest

from tests.simulator.raw import RawRequest
from tests.simulators import running_simulator
from tests.support import wait_until

COMMAND = [sys.executable, "-m", "chimera_tui.simulator", "--port", "0"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_also_in_the_middle_of_a_stream(number: signal.Signals) -> None:
    with running_simulator("--load-s", "0") as simulator:
        body = {"model": "gemma3", "prompt": "go", "options": {"num_predict": 0}}
        with RawRequest(simulator, body) as request:
            request.read_until(b'"done":false')
            simulator.process.send_signal(number)
            assert simulator.process.wait(timeout=10) == 0
            assert not request.read_until(b"\r\n0\r\n\r\n").endswith(b"\r\n0\r\n\r\n")


def test_it_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with running_simulator("--parent-pid", str(parent.pid)) as simulator:
        assert simulator.process.poll() is None
        parent.kill()
        assert simulator.process.wait(timeout=10) == 0
    assert parent.stdin is not None
    parent.stdin.close()
    parent.wait()


def test_it_ends_with_its_standard_input() -> None:
    process = subprocess.Popen([*COMMAND, "--exit-with-stdin"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None and process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready == {"host": "127.0.0.1", "port": ready["port"], "pid": process.pid}
    process.stdin.close()
    assert process.wait(timeout=10) == 0
    assert process.stdout.read() == b""
    process.stdout.close()


def test_standard_input_that_is_at_its_end_already_ends_it_at_once() -> None:
    done = subprocess.run(
        [*COMMAND, "--exit-with-stdin"], stdin=subprocess.DEVNULL, timeout=20, capture_output=True
    )
    assert done.returncode == 0
    assert done.stderr == b""


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([*COMMAND[:-1], str(port)], timeout=20, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"cannot listen on 127.0.0.1:{port}: ")
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_flag_is_refused_with_the_reason() -> None:
    done = subprocess.run([*COMMAND, "--fault", "gremlins"], timeout=20, capture_output=True, text=True)
    assert done.returncode == 2
    assert "half-line" in done.stderr


def test_it_sleeps_while_nobody_asks() -> None:
    with running_simulator() as simulator:
        assert simulator.client.get("/api/version").status_code == 200
        process = psutil.Process(simulator.process.pid)
        seen: list[int] = []

        def settled() -> bool:
            seen.append(process.num_ctx_switches().voluntary)
            return len(seen) > 30 and seen[-1] == seen[-30]

        wait_until(settled, "thirty looks in a row without a wake-up", timeout_s=10)
