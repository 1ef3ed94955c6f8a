from __future__ import annotations

import json

import pytest

from chimera_tui.domain.errors import ServerAnsweredBadly
from chimera_tui.domain.run_events import Chunk
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine.ports import Arrived, Finished
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


def finished(line: str, *before: str) -> Finished:
    answer = Answer("http://h", "m")
    frames = [
        Frame(FrameKind.STATUS, StampSource.USER, 1, json.dumps({"status": 200}).encode()),
        *(Frame(FrameKind.LINE, StampSource.KERNEL, 2, each.encode()) for each in (*before, line)),
    ]
    *_, item = answer.feed(frames)
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
    assert finished('{"done": true, "done_reason": 7}').done_reason == ""


@pytest.mark.parametrize(
    ("told", "cached"),
    [("", None), (', "prompt_eval_cached_count": 0', 0), (', "prompt_eval_cached_count": 7', 7)],
)
def test_a_cached_count_of_zero_is_a_count_and_one_that_was_left_out_is_none(
    told: str, cached: int | None
) -> None:
    server = finished(f'{{"done": true, "prompt_eval_count": 9{told}}}').server
    assert (server.prompt_tokens, server.prompt_cached_tokens) == (9, cached)


TEXT = '{"message": {"role": "assistant", "content": "word"}}'


def closing(**counters: int) -> str:
    return json.dumps({"done": True, **counters})


@pytest.mark.parametrize("text", [(), (TEXT,)], ids=["empty", "with text"])
def test_a_line_of_zeros_reports_nothing(text: tuple[str, ...]) -> None:
    assert finished(closing(**dict.fromkeys(COUNTERS, 0)), *text).server == ServerTimings()


@pytest.mark.parametrize("name", ["total_duration", "prompt_eval_count", "prompt_eval_duration", "eval_duration"])
def test_a_zero_that_can_not_be_is_not_reported_and_the_others_stay(name: str) -> None:
    real = dict(zip(COUNTERS, (600, 2, 100, 0, 100, 30, 300), strict=True))
    told = finished(closing(**{**real, name: 0}), TEXT).server
    expected: dict[str, int | None] = dict(
        zip(ServerTimings.__slots__, (600, 2, 100, 0, 100, 30, 300), strict=True)
    )
    mine = dict(zip(COUNTERS, ServerTimings.__slots__, strict=True))[name]
    expected[mine] = None
    if name == "prompt_eval_count":
        expected["prompt_cached_tokens"] = None
    assert {slot: getattr(told, slot) for slot in ServerTimings.__slots__} == expected


def test_no_tokens_are_a_count_only_of_an_answer_without_text() -> None:
    line = closing(total_duration=600, eval_count=0)
    assert finished(line).server.eval_tokens == 0
    assert finished(line, TEXT).server.eval_tokens is None
    assert finished(line, '{"message": {"content": "", "thinking": "hm"}}').server.eval_tokens is None


def test_a_load_of_nought_is_one_beside_a_total() -> None:
    assert finished(closing(total_duration=600, load_duration=0)).server.load_ns == 0
    assert finished(closing(total_duration=0, load_duration=0)).server.load_ns is None
    assert finished(closing(load_duration=2_000_000)).server.load_ns == 2_000_000


_AS_OLLAMA = b'{"model":"m","created_at":"t","message":{"role":"assistant","content":"%b"},"done":false}'


@pytest.mark.parametrize(
    ("line", "chunks"),
    [
        (b'{"message": {"content": " caf\xc3\xa9"}}', (Chunk(5, " café"),)),
        (b'{"message": {"content": "\xff"}}', (Chunk(5, "\ufffd"),)),
        (b'{"message": {"content": "\\ud83d"}}', (Chunk(5, "\ufffd"),)),
        (b'{"message": {"content": ""}}', ()),
        (b'{"message": {"content": 7}}', ()),
        (b'{"message": {"content": "b", "thinking": "a"}}', (Chunk(5, "a", thinking=True), Chunk(5, "b"))),
        (b'{"message": {"content": "b", "thinking": ""}}', (Chunk(5, "b"),)),
        (b'{"message": [], "response": "r"}', (Chunk(5, "r"),)),
        (b'{"response": "r", "thinking": "t"}', (Chunk(5, "t", thinking=True), Chunk(5, "r"))),
        (b' {"response": "r"}\r', (Chunk(5, "r"),)),
        (b'{"response": "r", "error": ""}', (Chunk(5, "r"),)),
        (b"\t", ()),
        (b"{}", ()),
        (_AS_OLLAMA % b" a", (Chunk(5, " a"),)),
        (_AS_OLLAMA % b"", ()),
        (_AS_OLLAMA % rb"a\n\u003c", (Chunk(5, "a\n<"),)),
        (_AS_OLLAMA % rb'a","thinking":"b', (Chunk(5, "b", thinking=True), Chunk(5, "a"))),
        (_AS_OLLAMA % rb'a"},"message":{"content":"b', (Chunk(5, "b"),)),
    ],
)
def test_an_odd_line_among_others_bears_what_it_bears(line: bytes, chunks: tuple[Chunk, ...]) -> None:
    plain = Frame(FrameKind.LINE, StampSource.KERNEL, 4, TEXT.encode())
    odd = Frame(FrameKind.LINE, StampSource.USER, 5, line)
    answer = Answer("http://h", "m")
    status = Frame(FrameKind.STATUS, StampSource.USER, 1, b'{"status": 200}')
    word = Chunk(4, "word")
    assert list(answer.feed([status, plain, odd, plain])) == [Arrived((word, *chunks, word))]
    told = bool(line.strip())
    assert (answer.lines, answer.user_stamps) == (2 + told, told)


@pytest.mark.parametrize(
    "line", [b"[1]", b'{"a":', b'{"a": 1} {"b": 2}', b"\xef\xbb\xbf{}", b'{"response": "\n"}']
)
def test_a_line_that_is_no_json_object_is_an_error_behind_the_text_before_it(line: bytes) -> None:
    answer = Answer("http://h", "m")
    status = Frame(FrameKind.STATUS, StampSource.USER, 1, b'{"status": 200}')
    frames = [Frame(FrameKind.LINE, StampSource.KERNEL, 4, each) for each in (TEXT.encode(), line, TEXT.encode())]
    items = answer.feed([status, *frames])
    assert next(items) == Arrived((Chunk(4, "word"),))
    with pytest.raises(ServerAnsweredBadly, match="not a JSON line"):
        next(items)
