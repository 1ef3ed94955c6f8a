"""Every fault on demand, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chimera_tui.simulator.faults import Fault, FaultKind, FaultPlan, parse_fault
from tests.simulator.raw import RawRequest
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until

BODY: dict[str, Any] = {"model": "gemma3", "prompt": "go", "options": {"num_predict": 20}}
END = b"\r\n0\r\n\r\n"


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorHandle]:
    with running_simulator("--token-rate", "1000", "--load-s", "0.02") as handle:
        yield handle


def lines_of(simulator: SimulatorHandle) -> tuple[list[bytes], bool]:
    """The lines of an answer, and whether it ended properly."""
    with RawRequest(simulator, BODY) as request:
        received = request.read_until(END)
    chunks = received.partition(b"\r\n\r\n")[2].removesuffix(b"0\r\n\r\n").split(b"\r\n")[1::2]
    return [chunk for chunk in chunks if chunk], received.endswith(END)


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("refuse-load-oom", 500, "llama-server process has terminated: cudaMalloc failed: out of memory"),
        ("503", 503, "server busy, please try again.  maximum pending requests exceeded"),
    ],
)
def test_a_refusal_strikes_once(simulator: SimulatorHandle, kind: str, status: int, message: str) -> None:
    simulator.fault(kind)
    answers = [simulator.client.post("/api/generate", json=BODY) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [status, 200]
    assert answers[0].json() == {"error": message}


def test_a_hanging_request_gets_no_byte(simulator: SimulatorHandle) -> None:
    simulator.fault("hang")
    with RawRequest(simulator, BODY) as request:
        wait_until(lambda: simulator.state()["active"], "the request to be taken")
        assert not request.has_bytes()
    wait_until(lambda: not simulator.state()["active"], "the request to be dropped", timeout_s=5)


def test_a_cut_ends_the_connection_after_so_many_chunks(simulator: SimulatorHandle) -> None:
    simulator.fault("cut", after_chunks=3)
    lines, proper = lines_of(simulator)
    assert len(lines) == 3 and not proper


def test_half_a_line_ends_the_connection_too(simulator: SimulatorHandle) -> None:
    simulator.fault("half-line", after_chunks=2)
    lines, proper = lines_of(simulator)
    assert len(lines) == 3 and not proper
    with pytest.raises(json.JSONDecodeError):
        json.loads(lines[-1])


def test_an_error_line_unloads_the_model(simulator: SimulatorHandle) -> None:
    simulator.fault("error-line", after_chunks=2)
    lines, proper = lines_of(simulator)
    assert proper and len(lines) == 3
    assert lines[-1] == b'{"error":"an error was encountered while running the model: unexpected EOF"}\n'
    assert simulator.state()["loaded"] == []


def test_no_done_leaves_the_whole_text_without_its_last_line(simulator: SimulatorHandle) -> None:
    simulator.fault("no-done")
    lines, proper = lines_of(simulator)
    assert proper and len(lines) > 10
    assert not any(json.loads(line)["done"] for line in lines)


def test_garbage_is_one_line_among_others(simulator: SimulatorHandle) -> None:
    simulator.fault("garbage", after_chunks=2)
    lines, proper = lines_of(simulator)
    assert proper and lines[2].startswith(b"<html>")
    assert json.loads(lines[-1])["done"] is True


def test_a_slow_first_token_counts_as_prefill(simulator: SimulatorHandle) -> None:
    simulator.fault("slow-first-token", seconds=0.3)
    lines, _ = lines_of(simulator)
    assert json.loads(lines[-1])["prompt_eval_duration"] > 300_000_000


def test_missing_counts_leave_only_the_reason(simulator: SimulatorHandle) -> None:
    simulator.fault("missing-counts")
    lines, _ = lines_of(simulator)
    assert list(json.loads(lines[-1])) == ["model", "created_at", "response", "done", "done_reason", "context"]


def test_an_unknown_fault_is_refused_and_faults_can_be_taken_back(simulator: SimulatorHandle) -> None:
    refused = simulator.client.post("/simulator/faults", json={"kind": "gremlins"})
    assert refused.status_code == 400 and "half-line" in refused.json()["error"]
    simulator.fault("cut", times=5)
    assert simulator.client.delete("/simulator/faults").status_code == 200
    assert lines_of(simulator)[1]


def test_a_flag_names_the_fault_its_amount_and_the_request() -> None:
    assert parse_fault("cut:7@2") == Fault(FaultKind.CUT, after_chunks=7, request=2)
    assert parse_fault("slow-first-token:1.5") == Fault(FaultKind.SLOW_FIRST_TOKEN, seconds=1.5)
    with pytest.raises(ValueError, match="error-line"):
        parse_fault("cut:many")


def test_a_plan_gives_each_request_the_oldest_fault_that_fits() -> None:
    plan = FaultPlan([parse_fault("cut@2"), Fault(FaultKind.BUSY, times=2)])
    taken = [plan.take() for _ in range(4)]
    assert [fault and fault.kind for fault in taken] == [FaultKind.BUSY, FaultKind.CUT, FaultKind.BUSY, None]
