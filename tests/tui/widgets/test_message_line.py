from __future__ import annotations

import pytest

from chimera_tui.domain.events import ModelInfo, ServerSeen, SettingsChanged
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.widgets.message_line import conflict_sentence, message_line

HOST = "http://127.0.0.1:11434"
MODEL = "gemma3:latest"


def projection(a: Options, b: Options, blocks: int | None = 34) -> Projection:
    """Both agents use one model of one server, which tells its shape."""
    seen = Projection()
    model = ModelInfo(MODEL, block_count=blocks, context_length=131_072)
    seen.apply(ServerSeen(HOST, "0.33.3", (model,), simulated=False))
    for agent, options in zip(AgentId, (a, b), strict=True):
        seen.apply(SettingsChanged(agent, AgentSettings("gemma3", HOST, options)))
    return seen


WAITS = "A and B ask one server for different {}: each request will wait for the other's, then reload the model"


@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        (Options(num_gpu=20), Options(num_gpu=80), WAITS.format("num_gpu")),
        (Options(num_gpu=60, num_ctx=512), Options(num_gpu=80, num_ctx=1024), WAITS.format("num_gpu, num_ctx")),
        (
            Options(num_gpu=80),
            Options(num_gpu=120),
            "num_gpu 80 and 120 are equal in effect (all 35 layers), yet each change between A and B reloads "
            "the model: give both one number",
        ),
        (Options(num_gpu=20), Options(), "only A sets num_gpu: 20 is loaded once, and B then works with it too"),
        (
            Options(num_gpu=-1),
            Options(num_gpu=0),
            "only B sets num_gpu: 0 is loaded once, and A then works with it too",
        ),
        (
            Options(num_ctx=4096),
            Options(),
            WAITS.format("num_ctx") + ", unless 4096 is the server's own choice",
        ),
        (Options(num_gpu=20, num_ctx=512), Options(num_ctx=1024), WAITS.format("num_ctx")),
    ],
)
def test_a_conflict_is_told_as_what_the_server_will_do(a: Options, b: Options, sentence: str) -> None:
    seen = projection(a, b)
    assert conflict_sentence(seen.conflict) == sentence
    ((text, style),) = message_line(seen, ("", ""), 300)
    assert (text.strip(), style) == (f"! {sentence}", "warn")


def test_numbers_are_not_said_to_be_equal_while_the_models_layers_are_unknown() -> None:
    seen = projection(Options(num_gpu=80), Options(num_gpu=120), blocks=None)
    assert conflict_sentence(seen.conflict) == WAITS.format("num_gpu")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (Options(num_gpu=80, top_k=20), Options(num_gpu=80, top_k=40)),
        (Options(num_gpu=-1), Options()),
        (Options(num_ctx=131_072), Options(num_ctx=262_144)),
    ],
)
def test_what_reloads_nothing_is_not_warned_of(a: Options, b: Options) -> None:
    assert message_line(projection(a, b), ("", ""), 300) == ()
