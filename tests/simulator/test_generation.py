"""How a stream looks on the wire: pacing, chunks, cancelling, thinking, limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.raw import RawRequest
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until

PROMPT = "Files: 3 (1 csv, 1 json, 1 md)\nruns.csv ttft_s n=4 min=0.1 mean=0.2 max=0.3 s\nWrite the report."


@pytest.fixture(scope="module")
def fast() -> Iterator[SimulatorHandle]:
    rates = ("--token-rate", "5000", "--prefill-rate", "50000", "--load-s", "0.05", "--jitter", "0")
    with running_simulator(*rates, "--models", "gemma3", "qwen3:4b", "mid") as simulator:
        yield simulator


def ask(simulator: SimulatorHandle, path: str = "/api/generate", **body: Any) -> list[dict[str, Any]]:
    """Every line of an answer."""
    answer = simulator.client.post(path, json={"model": "gemma3"} | body)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.content.split(b"\n") if line]


def chat(simulator: SimulatorHandle, **body: Any) -> list[dict[str, Any]]:
    return ask(simulator, "/api/chat", **{"messages": [{"role": "user", "content": PROMPT}]} | body)


def test_every_line_is_one_http_chunk_also_at_5000_tokens_a_second(fast: SimulatorHandle) -> None:
    options = {"num_predict": 600, "seed": 1}
    with RawRequest(fast, {"model": "gemma3", "prompt": PROMPT, "options": options}) as request:
        head, _, body = request.read_until(b"\r\n0\r\n\r\n").partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    chunks = 0
    while not body.startswith(b"0\r\n"):
        size, _, body = body.partition(b"\r\n")
        data, body = body[: int(size, 16)], body[int(size, 16) + 2 :]
        assert data.endswith(b"\n") and data.count(b"\n") == 1
        last = json.loads(data)
        chunks += 1
    assert last["eval_count"] >= chunks - 1 > 300
    tokens_per_s = (last["eval_count"] - 1) / last["eval_duration"] * 1e9
    assert 500 < tokens_per_s < 6000


def test_nothing_arrives_before_the_first_token() -> None:
    with (
        running_simulator("--load-s", "0.4") as simulator,
        RawRequest(simulator, {"model": "gemma3", "prompt": PROMPT, "options": {"num_predict": 3}}) as request,
    ):
        wait_until(lambda: simulator.state()["active"], "the request to be taken")
        assert simulator.state()["active"][0]["phase"] == "scheduled"
        assert not request.has_bytes()
        received = request.read_until(b"\r\n0\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n")
    first_line = received.partition(b"\r\n\r\n")[2].split(b"\r\n")[1]
    assert json.loads(first_line)["done"] is False


def test_hanging_up_stops_the_decoding_and_frees_the_slot() -> None:
    with running_simulator("--token-rate", "50", "--load-s", "0") as simulator:
        with RawRequest(simulator, {"model": "gemma3", "prompt": "go", "options": {"num_predict": 0}}) as request:
            request.read_until(b'"done":false')
        wait_until(lambda: not simulator.state()["active"], "the decoding to stop", timeout_s=5)
        ended = simulator.state()["ended"][-1]
        assert ended["phase"] == "aborted"
        assert 1 <= ended["chunks"] < 100
        assert chat(simulator, options={"num_predict": 3})[-1]["eval_count"] == 3


def test_hanging_up_while_loading_aborts_the_load() -> None:
    with running_simulator("--load-s", "30") as simulator:
        with RawRequest(simulator, {"model": "gemma3", "prompt": "go"}):
            wait_until(lambda: simulator.state()["active"], "the request to be taken")
        wait_until(lambda: not simulator.state()["active"], "the load to be aborted", timeout_s=5)
        assert simulator.state()["loaded"] == []


def test_a_prompt_seen_before_is_read_from_the_cache(fast: SimulatorHandle) -> None:
    long = PROMPT + " again and again" * 500
    first, *later = (ask(fast, prompt=long, options={"num_predict": 2})[-1] for _ in range(6))
    for again in later:
        assert again["prompt_eval_count"] == first["prompt_eval_count"] > 1000
        assert again["prompt_eval_cached_count"] == again["prompt_eval_count"] - 1
    # Any one of them can have waited for a busy machine; the first is never shorter than its tokens take.
    assert min(again["prompt_eval_duration"] for again in later) < first["prompt_eval_duration"] / 2


def test_one_token_is_one_chunk_and_a_microsecond(fast: SimulatorHandle) -> None:
    lines = ask(fast, prompt="go", options={"num_predict": 1})
    assert len(lines) == 1
    assert (lines[0]["response"], lines[0]["eval_count"], lines[0]["eval_duration"]) == ("", 1, 1000)


def test_a_thinking_model_thinks_first_unless_told_not_to(fast: SimulatorHandle) -> None:
    thought = chat(fast, model="qwen3:4b")
    kinds = ["thinking" if "thinking" in line["message"] else "content" for line in thought[:-1]]
    assert kinds[0] == "thinking" and kinds[-1] == "content"
    assert kinds == sorted(kinds, reverse=True)
    assert list(thought[0]["message"]) == ["role", "content", "thinking"]
    plain = chat(fast, model="qwen3:4b", think=False)
    assert not any("thinking" in line["message"] for line in plain)


def test_a_text_that_ends_by_itself_stops_and_a_limit_cuts_it(fast: SimulatorHandle) -> None:
    assert chat(fast)[-1]["done_reason"] == "stop"
    limited = chat(fast, options={"num_predict": 7})[-1]
    assert (limited["done_reason"], limited["eval_count"]) == ("length", 7)


def test_an_answer_of_several_texts_is_the_same_one_after_another(fast: SimulatorHandle) -> None:
    def text(simulator: SimulatorHandle) -> str:
        options = {"seed": 3, "num_predict": 100_000}
        return "".join(line["response"] for line in ask(simulator, prompt=PROMPT, options=options))

    with running_simulator("--texts", "3", "--token-rate", "100000", "--load-s", "0.01") as simulator:
        assert text(simulator) == f"{text(fast)}\n\n" * 3


def test_without_shifting_the_context_ends_the_answer(fast: SimulatorHandle) -> None:
    last = ask(fast, prompt=PROMPT, shift=False, options={"num_ctx": 128})[-1]
    assert last["done_reason"] == "length"
    assert last["prompt_eval_count"] + last["eval_count"] == 128


def test_the_same_request_with_the_same_seed_gives_the_same_text(fast: SimulatorHandle) -> None:
    def text(seed: int) -> str:
        return "".join(line["message"]["content"] for line in chat(fast, options={"seed": seed}))

    assert text(3) == text(3) != text(4)


def test_a_stop_sequence_ends_the_text_before_it(fast: SimulatorHandle) -> None:
    lines = chat(fast, options={"stop": ["\n\n## Key"]})
    text = "".join(line["message"]["content"] for line in lines)
    assert text.startswith("## Executive Summary") and "\n\n## Key" not in text
    assert lines[-1]["done_reason"] == "stop"


def test_chunks_are_not_tokens_where_bytes_were_held_back(fast: SimulatorHandle) -> None:
    lines = ask(fast, model="mid", prompt="x", options={"num_predict": 60})
    assert len(lines) - 1 < lines[-1]["eval_count"] == 60


def test_an_answer_in_one_document_has_the_text_and_the_counts(fast: SimulatorHandle) -> None:
    options = {"seed": 5, "num_predict": 40}
    streamed = ask(fast, prompt=PROMPT, options=options)
    (whole,) = ask(fast, prompt=PROMPT, stream=False, options=options)
    assert whole["response"] == "".join(line["response"] for line in streamed)
    assert whole["context"] == streamed[-1]["context"]
    assert whole["eval_count"] == 40
