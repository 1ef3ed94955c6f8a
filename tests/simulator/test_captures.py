"""Every capture that can be enacted again, sent to the simulator and compared with what a real server sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.simulator.captured import DURATIONS, Exchange, load, normalised, replay, shape
from tests.simulators import SimulatorHandle, running_simulator

# Each scene runs on a server of its own, all at the same time, at the speed of the machine that was captured.
SCENES: dict[str, tuple[str, ...]] = {
    "ctx 512": (
        "generate_cold",
        "generate_warm_cached",
        "ps_loaded",
        "generate_out_of_range_temperature_ok",
        "generate_sampler_change_no_reload",
    ),
    "reloads": ("preload2", "generate_num_gpu_change_reload", "generate_num_ctx_change_reload", "ps_after_reload"),
    "unloads": ("ps_empty", "preload", "unload", "ps_after_unload", "generate_one_token", "generate_non_stream"),
    "chat": ("preload2", "chat_stream"),
    "long prompt": ("preload2", "generate_warm_new_prompt"),
    "refusals": (
        "version",
        "tags",
        "show_mid",
        "show_unknown",
        "generate_unknown_model_404",
        "generate_bad_keep_alive_400",
        "generate_bad_option_type_500",
        "generate_prompt_truncated",
        "generate_truncate_false_400",
        "generate_repeat_guard_no_done",
        "generate_utf8_merge",
    ),
    "crash": ("error-line:20@1", "runner_killed_mid_stream", "generate_after_runner_killed"),
    "cut": ("cut:20@1", "server_killed_mid_stream", "generate_after_client_cancel"),
}  # fmt: skip
REPLAYED = sorted({name for scene in SCENES.values() for name in scene if "@" not in name})
QUICK = ("--cpu-rate", "150", "--prefill-rate", "200000", "--load-s", "0.2")
MODELS = ("--models", "nel", "rep", "mid", "tiny", "--vram-gib", "0", "--jitter", "0")
TIMED = [
    "generate_cold", "generate_warm_cached", "generate_num_gpu_change_reload", "generate_num_ctx_change_reload",
    "generate_one_token", "generate_non_stream", "chat_stream", "generate_warm_new_prompt",
    "generate_prompt_truncated", "generate_sampler_change_no_reload",
]  # fmt: skip


@pytest.fixture(scope="module")
def captures(shared_dir: Path) -> Path:
    return shared_dir / "ollama" / "captures"


@pytest.fixture(scope="module")
def replayed(captures: Path) -> dict[str, Exchange]:
    """The simulator's exchange for every capture of the scenes."""

    def play(scene: tuple[str, ...]) -> dict[str, Exchange]:
        faults = [flag for name in scene if "@" in name for flag in ("--fault", name)]
        with running_simulator(*MODELS, *faults) as simulator:
            exchanges = {}
            for name in (name for name in scene if "@" not in name):
                method, path, real = load(captures, name)
                exchanges[name] = replay(simulator.client, method, path, real.request)
            return exchanges

    with ThreadPoolExecutor(len(SCENES)) as pool:
        played = list(pool.map(play, SCENES.values()))
    return {name: exchange for exchanges in played for name, exchange in exchanges.items()}


@pytest.mark.parametrize("name", REPLAYED)
def test_the_simulator_answers_in_the_shape_of_the_real_server(
    name: str, captures: Path, replayed: dict[str, Exchange]
) -> None:
    _, _, real = load(captures, name)
    ours = replayed[name]
    assert (ours.status, ours.cut) == (real.status, real.cut)
    assert _framing(ours) == _framing(real)
    assert ours.body.endswith(b"\n") == real.body.endswith(b"\n")
    assert shape(ours.last) == shape(real.last)
    assert {repr(shape(line)) for line in ours.lines} == {repr(shape(line)) for line in real.lines}
    for key in ("done", "done_reason", "model", "prompt_eval_count", "eval_count"):
        assert ours.last.get(key) == real.last.get(key), key


@pytest.mark.parametrize(
    "name", [name for name in REPLAYED if "_40" in name or "_50" in name or "unknown" in name]
)
def test_error_bodies_are_equal_byte_for_byte(name: str, captures: Path, replayed: dict[str, Exchange]) -> None:
    _, _, real = load(captures, name)
    assert replayed[name].body == real.body
    assert replayed[name].headers == real.headers


@pytest.mark.parametrize("name", ["show_mid", "ps_loaded", "ps_after_reload", "ps_empty", "preload", "unload"])
def test_documents_are_equal_apart_from_stamps_and_digests(
    name: str, captures: Path, replayed: dict[str, Exchange]
) -> None:
    _, _, real = load(captures, name)
    assert normalised(replayed[name].body) == normalised(real.body)


@pytest.mark.parametrize("name", TIMED)
def test_durations_have_the_order_of_magnitude_of_the_real_server(
    name: str, captures: Path, replayed: dict[str, Exchange]
) -> None:
    _, _, real = load(captures, name)
    for key in DURATIONS:
        ours_ns, real_ns = replayed[name].last[key], real.last[key]
        if max(ours_ns, real_ns) > 20_000_000:
            assert real_ns / 10 < ours_ns < real_ns * 10, key


@pytest.mark.parametrize("name", TIMED)
def test_the_total_is_the_sum_of_its_parts(name: str, replayed: dict[str, Exchange]) -> None:
    last = replayed[name].last
    rest_ns = last["total_duration"] - sum(last[key] for key in DURATIONS[1:])
    assert 0 <= rest_ns < 100_000_000


def test_what_was_cached_is_told_as_by_a_server_of_its_version_and_the_older_captured_one_told_nothing(
    captures: Path, replayed: dict[str, Exchange]
) -> None:
    key = "prompt_eval_cached_count"
    assert replayed["generate_cold"].last[key] == 0
    again = replayed["generate_warm_cached"].last
    assert again[key] == again["prompt_eval_count"] - 1
    assert all(key not in replayed[name].last for name in ("preload", "unload"))
    # The captured server read 27 tokens in half a millisecond, and left the count out all the same.
    for name in ("generate_cold", "generate_warm_cached"):
        assert key not in load(captures, name)[2].last


def test_a_runner_that_dies_says_so_in_an_error_line_and_is_loaded_again(
    captures: Path, replayed: dict[str, Exchange]
) -> None:
    _, _, real = load(captures, "runner_killed_mid_stream")
    ours = replayed["runner_killed_mid_stream"]
    assert ours.body.split(b"\n")[-2] == real.body.split(b"\n")[-2]
    assert replayed["generate_after_runner_killed"].last["load_duration"] > 100_000_000


def test_only_two_of_six_requests_pass_a_queue_of_one(captures: Path) -> None:
    method, path, real = load(captures, "queue_full_0")
    _, _, refused = load(captures, "queue_full_1")
    with (
        running_simulator(*MODELS, "--max-queue", "1", *QUICK) as simulator,
        ThreadPoolExecutor(6) as pool,
    ):
        ours = list(pool.map(lambda _: replay(simulator.client, method, path, real.request), range(6)))
    assert sorted(exchange.status for exchange in ours) == [200, 200, 503, 503, 503, 503]
    assert {exchange.body for exchange in ours if exchange.status == 503} == {refused.body}
    served = sorted((exchange.last for exchange in ours if exchange.status == 200), key=_waited_ns)
    # Both waited for the load; the second then waited for the slot, which no field tells.
    assert served[1]["load_duration"] > served[0]["load_duration"] / 2
    assert _waited_ns(served[1]) > served[0]["eval_duration"] / 2


def _framing(exchange: Exchange) -> dict[str, str]:
    """The headers, without the length itself."""
    return exchange.headers | {name: "some" for name in ("content-length",) if name in exchange.headers}


def _waited_ns(last: dict[str, int]) -> int:
    return last["total_duration"] - sum(last[key] for key in DURATIONS[1:])


def _pair(simulator: SimulatorHandle, captures: Path, name: str) -> Iterator[Exchange]:
    """Both requests of a pair, the second as soon as the first decodes."""
    answers: dict[str, Exchange] = {}

    def ask(agent: str) -> None:
        method, path, real = load(captures, f"{name}_{agent}")
        answers[agent] = replay(simulator.client, method, path, real.request)

    threads = [threading.Thread(target=ask, args=(agent,)) for agent in "AB"]
    threads[0].start()
    deadline = time.monotonic() + 20
    while not any(record["phase"] == "decoding" for record in simulator.state()["active"]):
        assert time.monotonic() < deadline, "the first request never decoded"
    threads[1].start()
    for thread in threads:
        thread.join()
    yield from (answers["A"], answers["B"])


def test_equal_options_queue_and_the_wait_is_in_no_field(captures: Path) -> None:
    with running_simulator(*MODELS, *QUICK) as simulator:
        first, second = _pair(simulator, captures, "pair_same_options")
    assert _waited_ns(first.last) < 60_000_000
    assert _waited_ns(second.last) > 120_000_000
    assert second.last["load_duration"] < 60_000_000


def test_different_load_time_options_wait_and_reload_and_the_wait_is_load_duration(captures: Path) -> None:
    with running_simulator(*MODELS, *QUICK) as simulator:
        _, second = _pair(simulator, captures, "pair_different_num_gpu")
        assert simulator.state()["loads"] == 2
    assert second.last["load_duration"] > 120_000_000
    assert _waited_ns(second.last) < 60_000_000
