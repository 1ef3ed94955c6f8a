"""The small endpoints, the refusals, and HTTP itself."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulators import SimulatorHandle, running_simulator


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorHandle]:
    with running_simulator("--load-s", "0.02", "--token-rate", "2000") as handle:
        yield handle


def test_the_root_says_that_ollama_runs_and_the_version_that_it_does_not(simulator: SimulatorHandle) -> None:
    root = simulator.client.get("/")
    assert (root.text, root.headers["content-type"]) == ("Ollama is running", "text/plain; charset=utf-8")
    version = simulator.client.get("/api/version")
    assert version.text == '{"version":"0.33.3-chimera-simulator"}'
    assert version.headers["x-chimera-simulator"] == "1"
    assert version.headers["date"].endswith(" GMT")


def test_an_unknown_address_and_a_wrong_method_are_refused(
    simulator: SimulatorHandle,
) -> None:
    unknown, wrong = simulator.client.get("/api/nothing"), simulator.client.get("/api/chat")
    assert (unknown.status_code, unknown.text) == (404, "404 page not found")
    assert (wrong.status_code, wrong.text) == (405, "405 method not allowed")


def test_the_default_models_say_how_many_blocks_they_have(simulator: SimulatorHandle) -> None:
    names = [model["name"] for model in simulator.client.get("/api/tags").json()["models"]]
    blocks = {}
    for name in names:
        info = simulator.client.post("/api/show", json={"model": name}).json()["model_info"]
        blocks[name] = info[f"{info['general.architecture']}.block_count"]
    assert blocks == {
        "gemma3:latest": 34,
        "llama3.1:8b-instruct-q4_0": 32,
        "qwen2.5:7b": 28,
        "gemma3:270m": 18,
        "qwen3:4b": 36,
    }


def test_pulling_a_model_makes_it_exist(simulator: SimulatorHandle) -> None:
    def known() -> bool:
        return simulator.client.post("/api/show", json={"model": "tiny"}).status_code == 200

    assert not known()
    answer = simulator.client.post("/api/pull", json={"model": "tiny"})
    steps = [json.loads(line) for line in answer.text.splitlines()]
    assert (steps[0], steps[-1]) == ({"status": "pulling manifest"}, {"status": "success"})
    progress = [step["completed"] for step in steps if "completed" in step]
    assert progress == sorted(progress) and progress[-1] == steps[2]["total"]
    assert known()


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "missing request body"),
        (b'{"model":', 400, "unexpected EOF"),
        (b"hello", 400, "invalid character 'h' looking for beginning of value"),
        (b'{"model":"gemma3","prompt":"x","keep_alive":"soon"}', 400, 'time: invalid duration "soon"'),
        (b'{"model":"gemma3","prompt":"x","think":true}', 400, '"gemma3" does not support thinking'),
        (b'{"model":"x","prompt":"x"}', 404, "model 'x' not found"),
        (
            b'{"model":"gemma3","prompt":"x","options":{"top_p":"a"}}',
            500,
            'option "top_p" must be of type float32',
        ),
        (b'{"model":"gemma3","prompt":"x","options":{"stop":"a"}}', 500, 'option "stop" must be of type array'),
    ],
)
def test_a_bad_request_is_refused_in_the_servers_words(
    simulator: SimulatorHandle, body: bytes, status: int, message: str
) -> None:
    answer = simulator.client.post("/api/generate", content=body)
    assert (answer.status_code, answer.json()) == (status, {"error": message})


def _chat(simulator: SimulatorHandle, *contents: str) -> Any:
    messages = [{"role": "system", "content": "Be brief."}]
    messages += [{"role": "user", "content": content} for content in contents]
    options = {"num_ctx": 128, "num_predict": 4}
    body = {"model": "gemma3", "messages": messages, "stream": False, "options": options}
    return simulator.client.post("/api/chat", json=body)


def test_a_chat_forgets_its_oldest_message_but_refuses_a_last_one_that_is_too_long(
    simulator: SimulatorHandle,
) -> None:
    forgotten = _chat(simulator, "word " * 200, "Hello there")
    assert forgotten.status_code == 200
    assert forgotten.json()["prompt_eval_count"] < 30
    refused = _chat(simulator, "word " * 200)
    assert refused.status_code == 400
    inner = json.loads(refused.json()["error"])["error"]
    assert (inner["type"], inner["n_ctx"]) == ("exceed_context_size_error", 128)
    assert inner["n_prompt_tokens"] > 200


def test_an_empty_chat_loads_and_unloads(simulator: SimulatorHandle) -> None:
    loaded = simulator.client.post("/api/chat", json={"model": "gemma3:270m"}).json()
    assert (loaded["message"], loaded["done_reason"]) == ({"role": "assistant", "content": ""}, "load")
    assert "gemma3:270m" in simulator.state()["loaded"]
    unloaded = simulator.client.post("/api/chat", json={"model": "gemma3:270m", "keep_alive": 0}).json()
    assert unloaded["done_reason"] == "unload"
    assert "gemma3:270m" not in simulator.state()["loaded"]


def test_requests_that_follow_each_other_on_one_connection_are_all_answered(simulator: SimulatorHandle) -> None:
    request = b"GET /api/version HTTP/1.1\r\nHost: x\r\n\r\n"
    with socket.create_connection((simulator.host, simulator.port), timeout=20) as connection:
        connection.sendall(request * 3)
        received = b""
        while received.count(b'chimera-simulator"}') < 3:
            data = connection.recv(4096)
            assert data, received
            received += data


def test_what_is_no_http_is_refused_and_hung_up_on(simulator: SimulatorHandle) -> None:
    with socket.create_connection((simulator.host, simulator.port), timeout=20) as connection:
        connection.sendall(b"\x16\x03\x01 tls?\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(4096), b""))
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_two_simulators_can_run_side_by_side(simulator: SimulatorHandle) -> None:
    with running_simulator("--models", "phi4:14b", "--layers", "41") as other:
        assert other.port != simulator.port
        (model,) = other.client.get("/api/tags").json()["models"]
        assert (model["name"], model["details"]["parameter_size"]) == ("phi4:14b", "14.0B")
        info = other.client.post("/api/show", json={"model": "phi4:14b"}).json()["model_info"]
        assert info["llama.block_count"] == 40
