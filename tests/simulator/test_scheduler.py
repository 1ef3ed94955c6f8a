"""Who is loaded, who waits, who must go: seen from outside."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.simulator.raw import RawRequest
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until

FAST = ("--token-rate", "2000", "--prefill-rate", "20000", "--load-s", "0.02", "--jitter", "0")


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorHandle]:
    with running_simulator(*FAST, "--cpu-rate", "100", "--vram-gib", "12") as handle:
        yield handle


@pytest.fixture(autouse=True)
def _nothing_loaded(request: pytest.FixtureRequest) -> None:
    if "simulator" not in request.fixturenames:
        return
    handle: SimulatorHandle = request.getfixturevalue("simulator")
    for model in handle.state()["loaded"]:
        post(handle, model=model, keep_alive=0)


def post(simulator: SimulatorHandle, **body: Any) -> httpx.Response:
    body = {"model": "gemma3", "stream": False} | body
    return simulator.client.post("/api/generate", json=body)


def loaded(simulator: SimulatorHandle) -> dict[str, dict[str, Any]]:
    models = simulator.client.get("/api/ps").json()["models"]
    return {model["name"]: model for model in models}


def loads_for(simulator: SimulatorHandle, *bodies: dict[str, Any]) -> int:
    before = simulator.state()["loads"]
    for body in bodies:
        assert post(simulator, **body).status_code == 200
    return int(simulator.state()["loads"] - before)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_ctx", 1024),
        ("num_batch", 64),
        ("num_gpu", 3),
        ("main_gpu", 1),
        ("use_mmap", False),
        ("num_thread", 2),
    ],
)
def test_a_load_time_option_reloads_the_model(simulator: SimulatorHandle, name: str, value: int) -> None:
    assert loads_for(simulator, {"options": {"num_ctx": 512}}, {"options": {"num_ctx": 512, name: value}}) == 2


def test_a_num_gpu_of_another_number_reloads_even_when_it_is_equal_in_effect(simulator: SimulatorHandle) -> None:
    shares = []
    for num_gpu in (60, 80, 120):
        assert loads_for(simulator, {"options": {"num_ctx": 512, "num_gpu": num_gpu}}) == 1
        shares.append(loaded(simulator)["gemma3:latest"]["size_vram"])
    assert len(set(shares)) == 1


def test_contexts_beyond_that_of_the_training_are_one(simulator: SimulatorHandle) -> None:
    assert loads_for(simulator, *({"options": {"num_ctx": size}} for size in (524_288, 1_048_576))) == 1


def test_a_sampling_option_does_not_reload(simulator: SimulatorHandle) -> None:
    changed = {"temperature": -5, "top_k": 3, "seed": 9, "unheard_of": 1}
    assert loads_for(simulator, {"options": {}}, {"options": changed}) == 1


def test_leaving_num_gpu_out_does_not_undo_an_explicit_one(simulator: SimulatorHandle) -> None:
    bodies = [{"options": {"num_ctx": 512} | more} for more in ({"num_gpu": 5}, {}, {"num_gpu": -1})]
    assert loads_for(simulator, *bodies) == 1
    share = loaded(simulator)["gemma3:latest"]
    assert share["size_vram"] * 35 // share["size"] in (4, 5)


def test_fewer_layers_on_the_gpu_are_slower(simulator: SimulatorHandle) -> None:
    def step_ns(num_gpu: int) -> float:
        options = {"num_ctx": 512, "num_gpu": num_gpu, "num_predict": 12}
        last = post(simulator, prompt="go", options=options).json()
        return float(last["eval_duration"] / (last["eval_count"] - 1))

    full, half, none = step_ns(80), step_ns(17), step_ns(0)
    assert none > half > full
    assert none > 3 * full


def test_an_explicit_num_gpu_beyond_the_vram_is_out_of_memory_and_automatic_is_not() -> None:
    with running_simulator(*FAST, "--vram-gib", "2") as small:
        refused = post(small, options={"num_ctx": 512, "num_gpu": 99})
        assert refused.status_code == 500
        assert refused.json() == {"error": "llama-server process has terminated: cudaMalloc failed: out of memory"}
        assert loaded(small) == {}
        assert post(small, options={"num_ctx": 512}).status_code == 200
        partly = loaded(small)["gemma3:latest"]
        assert 0 < partly["size_vram"] < partly["size"]
        assert partly["size_vram"] <= 2 << 30


def test_a_model_unloads_when_its_keep_alive_ends(simulator: SimulatorHandle) -> None:
    post(simulator, keep_alive="50ms")
    wait_until(lambda: not loaded(simulator), "the model to expire", timeout_s=5)


def test_a_negative_keep_alive_is_for_ever(simulator: SimulatorHandle) -> None:
    post(simulator, keep_alive=-1)
    assert loaded(simulator)["gemma3:latest"]["expires_at"] > "2200"


def test_models_stay_loaded_while_they_fit_and_the_idle_one_leaves_when_not(
    simulator: SimulatorHandle,
) -> None:
    small = {"options": {"num_ctx": 512}}
    for model in ("gemma3", "gemma3:270m"):
        post(simulator, model=model, **small)
    assert set(loaded(simulator)) == {"gemma3:latest", "gemma3:270m"}
    post(simulator, model="qwen2.5:7b", **small)
    assert set(loaded(simulator)) >= {"qwen2.5:7b"}
    post(simulator, model="qwen2.5:7b", options={"num_ctx": 65_536})
    post(simulator, model="llama3.1:8b-instruct-q4_0", options={"num_ctx": 32_768})
    assert "qwen2.5:7b" not in loaded(simulator)


def test_two_slots_decode_at_the_same_time() -> None:
    with running_simulator(*FAST, "--num-parallel", "2", "--token-rate", "100") as simulator:
        body = {"model": "gemma3", "prompt": "go", "options": {"num_predict": 0}}
        with RawRequest(simulator, body), RawRequest(simulator, body):
            wait_until(
                lambda: [record["phase"] for record in simulator.state()["active"]] == ["decoding"] * 2,
                "both requests to decode",
            )


def test_one_slot_makes_the_second_wait(simulator: SimulatorHandle) -> None:
    def phases() -> list[str]:
        return [record["phase"] for record in simulator.state()["active"]]

    body = {"model": "gemma3", "prompt": "go", "options": {"num_predict": 0}}
    with RawRequest(simulator, body) as first:
        first.read_until(b'"done":false')
        with RawRequest(simulator, body) as second:
            wait_until(lambda: phases() == ["decoding", "queued"], "the second to queue")
            assert not second.has_bytes()
            first.socket.close()
            assert b'"done":false' in second.read_until(b'"done":false')
    wait_until(lambda: not phases(), "both to end")


def test_unloading_a_busy_model_waits_for_its_request(simulator: SimulatorHandle) -> None:
    options = {"num_ctx": 512, "num_gpu": 0, "num_predict": 20}
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(post, simulator, prompt="go", options=options)
        wait_until(lambda: any(r["phase"] == "decoding" for r in simulator.state()["active"]), "the decoding")
        assert post(simulator, keep_alive=0).json()["done_reason"] == "unload"
        assert answer.result().json()["eval_count"] == 20
    wait_until(lambda: not loaded(simulator), "the model to leave", timeout_s=5)
