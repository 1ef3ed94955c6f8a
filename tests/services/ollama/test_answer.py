from __future__ import annotations

import json

import pytest

from chimera_tui.domain.metrics import ServerTimings
from chimera_tui.engine.ports import Finished
from chimera_tui.services.ollama.answer import Answer
from chimera_tui.services.ollama.frames import Frame, FrameKind, StampSource

COUNTERS = (
    "total_duration",
    "load_duration",
    "prompt_eval_count",
    "prompt_eval_cached_count",
    "prompt_eval_duration",
    "eval_count",
    "eval_duration",
)


def finished(line: str) -> Finished:
    answer = Answer("http://h", "m")
    frames = [
        Frame(FrameKind.STATUS, StampSource.USER, 1, json.dumps({"status": 200}).encode()),
        Frame(FrameKind.LINE, StampSource.KERNEL, 2, line.encode()),
    ]
    (item,) = answer.feed(frames)
    assert isinstance(item, Finished)
    return item


@pytest.mark.parametrize(
    "odd", ["NaN", "Infinity", "-1", "1.5", "1e9", '"12"', "true", "null", "[]", "{}", "9223372036854775808"]
)
def test_a_counter_that_is_no_count_is_not_reported(odd: str) -> None:
    line = ", ".join(f'"{name}": {odd}' for name in COUNTERS)
    assert finished(f'{{"done": true, {line}}}').server == ServerTimings()


def test_counters_are_taken_as_sent_and_a_missing_one_stays_missing() -> None:
    line = ", ".join(f'"{name}": {value}' for value, name in enumerate(COUNTERS[:-1], 5))
    assert finished(f'{{"done": true, {line}}}').server == ServerTimings(5, 6, 7, 8, 9, 10, None)
    assert finished('{"done": true, "done_reason": 7}').done_reason is None


@pytest.mark.parametrize(
    ("told", "cached"),
    [("", None), (', "prompt_eval_cached_count": 0', 0), (', "prompt_eval_cached_count": 7', 7)],
)
def test_a_cached_count_of_zero_is_a_count_and_one_that_was_left_out_is_none(
    told: str, cached: int | None
) -> None:
    server = finished(f'{{"done": true, "prompt_eval_count": 9{told}}}').server
    assert (server.prompt_tokens, server.prompt_cached_tokens) == (9, cached)
