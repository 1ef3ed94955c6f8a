"""Every recorded exchange of a real server, served again over a real socket to the real client."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chimera_tui.domain import errors
from chimera_tui.domain.options import AgentSettings, Options
from chimera_tui.domain.servers import is_simulated
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine.ports import LoadedModel
from chimera_tui.services.ollama.client import OllamaServer
from tests.services.ollama.replay import Capture, load_capture, replaying
from tests.services.ollama.streams import Collected, collect, request

WHOLE = [
    "chat_stream", "generate_after_client_cancel", "generate_after_runner_killed", "generate_cold",
    "generate_non_stream", "generate_num_ctx_change_reload", "generate_num_gpu_change_reload",
    "generate_one_token",
    "generate_out_of_range_temperature_ok", "generate_prompt_truncated", "generate_sampler_change_no_reload",
    "generate_utf8_merge", "generate_warm_cached", "generate_warm_new_prompt", "pair_different_num_gpu_A",
    "pair_different_num_gpu_B", "pair_same_options_A", "pair_same_options_B", "queue_full_0", "queue_full_3",
]  # fmt: skip
LOADS = ["preload", "preload2", "unload"]
REFUSED = {
    "generate_bad_keep_alive_400": (errors.RequestRejected, "missing unit in duration"),
    "generate_bad_option_type_500": (errors.RequestRejected, 'option "num_ctx" must be of type integer'),
    "generate_truncate_false_400": (errors.PromptTooLong, ": request (17219 tokens) exceeds the available"),
    "generate_unknown_model_404": (errors.ModelNotFound, "no model"),
    "queue_full_1": (errors.ServerBusy, "maximum pending requests exceeded"),
    "queue_full_2": (errors.ServerBusy, "maximum pending requests exceeded"),
    "queue_full_4": (errors.ServerBusy, "maximum pending requests exceeded"),
    "queue_full_5": (errors.ServerBusy, "maximum pending requests exceeded"),
}
BROKEN = {
    "generate_repeat_guard_no_done": (errors.StreamCut, "ended the stream without its done line"),
    "runner_killed_mid_stream": (errors.ModelCrashed, "an error was encountered while running the model"),
    "server_killed_mid_stream": (errors.StreamCut, "cut before its done line"),
}
QUESTIONS = ["ps_after_reload", "ps_after_unload", "ps_empty", "ps_loaded", "show_mid", "show_unknown", "tags",
             "version"]  # fmt: skip
DOWN = ["server_down"]


@pytest.fixture
def captures(shared_dir: Path) -> Path:
    return shared_dir / "ollama" / "captures"


def _load(folder: Path, name: str) -> Capture:
    path = folder / f"{name}.jsonl"
    return load_capture(path if path.exists() else folder / f"{name}.json")


@asynccontextmanager
async def _serving(*captures: Capture) -> AsyncIterator[tuple[OllamaServer, str]]:
    """A client, and the URL of a server that gives these captures in order."""
    client = OllamaServer()
    with replaying(*captures) as server:
        try:
            yield client, server.url
        finally:
            await client.aclose()


async def _replay(capture: Capture) -> Collected:
    with replaying(capture) as server:
        collected = await collect(request(server.url, api=capture.path.rpartition("/")[2]))
    assert server.seen[0].path == capture.path
    return collected


def _text(capture: Capture) -> str:
    return "".join(part.get("response") or part.get("message", {}).get("content") or "" for part in capture.parts)


def _timings(last: dict[str, int]) -> ServerTimings:
    return ServerTimings(
        total_ns=last.get("total_duration"),
        load_ns=last.get("load_duration"),
        prompt_tokens=last.get("prompt_eval_count"),
        prompt_cached_tokens=None,
        prompt_ns=last.get("prompt_eval_duration"),
        eval_tokens=last.get("eval_count"),
        eval_ns=last.get("eval_duration"),
    )


def test_every_capture_is_replayed_here(captures: Path) -> None:
    named = {*WHOLE, *LOADS, *REFUSED, *BROKEN, *QUESTIONS, *DOWN}
    assert {path.stem for path in captures.iterdir()} == named


@pytest.mark.parametrize("name", WHOLE)
async def test_a_whole_answer_gives_its_text_and_its_counters(captures: Path, name: str) -> None:
    capture = _load(captures, name)
    collected = await _replay(capture)
    assert collected.error is None
    assert collected.text == _text(capture)
    bearing = [part for part in capture.parts if part.get("response") or part.get("message", {}).get("content")]
    assert len(collected.chunks) == len(bearing)
    assert collected.finished is not None
    last = capture.parts[-1]
    assert collected.finished.server == _timings(last)
    assert collected.finished.done_reason == last["done_reason"]
    stamps = [collected.sent_ns, *(chunk.at_ns for chunk in collected.chunks), collected.finished.at_ns]
    assert stamps == sorted(stamps)


async def test_chunks_are_not_tokens(captures: Path) -> None:
    collected = await _replay(_load(captures, "generate_cold"))
    assert collected.finished is not None
    assert collected.finished.server.eval_tokens is not None
    assert len(collected.chunks) < collected.finished.server.eval_tokens


@pytest.mark.parametrize("name", LOADS)
async def test_a_load_has_no_counters_rather_than_zeros(captures: Path, name: str) -> None:
    capture = _load(captures, name)
    collected = await _replay(capture)
    assert collected.finished is not None
    assert collected.finished.server == ServerTimings()
    assert collected.finished.done_reason == capture.parts[-1]["done_reason"]
    assert collected.chunks == []


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_becomes_its_error(captures: Path, name: str) -> None:
    kind, text = REFUSED[name]
    capture = _load(captures, name)
    collected = await _replay(capture)
    assert type(collected.error) is kind
    assert text in collected.error.info.what
    assert collected.chunks == []


@pytest.mark.parametrize("name", BROKEN)
async def test_a_broken_stream_keeps_what_came_and_names_the_break(captures: Path, name: str) -> None:
    kind, text = BROKEN[name]
    capture = _load(captures, name)
    collected = await _replay(capture)
    assert type(collected.error) is kind
    assert text in collected.error.info.what
    assert collected.text == _text(capture) != ""
    assert collected.finished is None


async def test_a_server_that_is_down_is_named(captures: Path) -> None:
    capture = _load(captures, DOWN[0])
    with replaying(_load(captures, "version")) as server:
        pass
    collected = await collect(request(server.url, api=capture.path.rpartition("/")[2]))
    assert type(collected.error) is errors.ServerUnreachable
    assert server.url in collected.error.info.what
    assert "OLLAMA_HOST" in collected.error.info.next


async def test_the_list_of_models_is_read(captures: Path) -> None:
    capture = _load(captures, "tags")
    async with _serving(capture) as (server, url):
        models = await server.models(url)
    (told,) = capture.parts
    assert [model.name for model in models] == [model["name"] for model in told["models"]]
    assert [model.size_bytes for model in models] == [model["size"] for model in told["models"]]
    assert models[0].parameter_size == "393K"
    assert models[0].family == "llama"
    assert models[0].digest.startswith("0d6fdaa5")


async def test_show_tells_the_shape_of_a_model(captures: Path) -> None:
    async with _serving(_load(captures, "show_mid")) as (server, url):
        model = await server.show(url, "mid")
    assert (model.name, model.block_count, model.context_length) == ("mid", 24, 4096)


async def test_show_of_an_unknown_model_names_those_that_exist(captures: Path) -> None:
    async with _serving(_load(captures, "show_unknown"), _load(captures, "tags")) as (server, url):
        with pytest.raises(errors.ModelNotFound) as caught:
            await server.show(url, "nope")
    assert "mid:latest" in caught.value.info.next


async def test_a_stream_of_an_unknown_model_names_those_that_exist(captures: Path) -> None:
    with replaying(_load(captures, "generate_unknown_model_404"), _load(captures, "tags")) as server:
        collected = await collect(request(server.url, api="generate", model="nope"))
    assert type(collected.error) is errors.ModelNotFound
    assert "mid:latest" in collected.error.info.next


@pytest.mark.parametrize(
    ("name", "loaded"),
    [
        ("ps_empty", ()),
        ("ps_after_unload", ()),
        ("ps_loaded", (LoadedModel("mid:latest", 1132252363, 0, 512),)),
        ("ps_after_reload", (LoadedModel("mid:latest", 1132252363, 0, 1024),)),
    ],
)
async def test_what_is_loaded_is_told(captures: Path, name: str, loaded: tuple[LoadedModel, ...]) -> None:
    async with _serving(_load(captures, name)) as (server, url):
        found = await server.loaded(url)
    assert [(each.name, each.size_vram_bytes, each.context_length) for each in found] == [
        (each.name, each.size_vram_bytes, each.context_length) for each in loaded
    ]


async def test_the_version_is_told(captures: Path) -> None:
    async with _serving(_load(captures, "version")) as (server, url):
        version = await server.version(url)
    assert version == "0.0.0"
    assert not is_simulated(version)


@pytest.mark.parametrize("name", ["preload", "preload2"])
async def test_a_preload_asks_with_the_options_of_the_next_request(captures: Path, name: str) -> None:
    with replaying(_load(captures, name)) as replay:
        server = OllamaServer()
        await server.preload(AgentSettings("mid", replay.url, Options(num_ctx=512, num_gpu=80), keep_alive="-1"))
        await server.aclose()
    body = replay.seen[0].body
    assert body["options"] == {"num_gpu": 80, "num_ctx": 512}
    assert body["keep_alive"] == -1
    assert not body.get("prompt")


async def test_an_unload_asks_for_nothing_and_keeps_nothing(captures: Path) -> None:
    with replaying(_load(captures, "unload")) as replay:
        server = OllamaServer()
        await server.unload(replay.url, "mid")
        await server.aclose()
    assert replay.seen[0].body["keep_alive"] == 0
    assert not replay.seen[0].body.get("prompt")
