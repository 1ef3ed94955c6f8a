"""One answer as it comes: the probe's frames become chunks, the closing counters, or an error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from json.scanner import make_scanner

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.figures import LARGEST
from chimera_tui.domain.run_events import Chunk
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine.ports import Arrived, Finished, Sent, StreamItem
from chimera_tui.services.ollama import failures
from chimera_tui.services.ollama.api_key import hidden
from chimera_tui.services.ollama.frames import Frame, FrameKind, StampSource
from chimera_tui.services.ollama.told import carried, word

_BODY_BYTES = 65536
"""This much of an error's body is looked at."""
_scan = make_scanner(json.JSONDecoder())  # type: ignore[arg-type]  # typeshed takes the argument for the result
"""One value of a text from a place on, and where it ends: what `json.loads` does around it costs as much again."""
_PLAIN = rb"[ !#-\[\]-~]*"
"""A JSON string that is what it looks like: nothing escaped, ASCII only."""
_plain_line = re.compile(
    rb'\{"model":"%b","created_at":"%b","message":\{"role":"assistant","content":"(%b)"\},"done":false\}'
    % (_PLAIN, _PLAIN, _PLAIN)
).fullmatch
"""How Ollama writes nine lines of ten, seen at a third of what reading JSON costs; any other line is read."""
_new_chunk = object.__new__
_set_at_ns, _set_text, _set_thinking = (Chunk.__dict__[name].__set__ for name in ("at_ns", "text", "thinking"))
"""A frozen record's own constructor takes twice as long, for every token."""


class Answer:
    """Folds frames into the items of `engine.ports`, in order; what follows the `done` line is ignored."""

    def __init__(self, host: str, model: str) -> None:
        self._host = host
        self._model = model
        self._status: int | None = None
        self._refusal = bytearray()
        self._odd_tail = b""
        self.wrote = False
        """Some text came."""
        self.finished = False
        """The `done` line came."""
        self.lines = 0
        self.user_stamps = 0
        """How many of the lines have no kernel time stamp."""

    def feed(self, frames: Sequence[Frame]) -> Iterator[StreamItem]:
        """The items of these frames. Chunks before an error are given first, then the ChimeraError is raised."""
        chunks: list[Chunk] = []
        at = 0
        while not self.finished:
            if self._status == 200:
                at = self._take_texts(frames, at, chunks)
            if at == len(frames):
                break
            try:
                item = self._take(frames[at], chunks)
            except ChimeraError:
                if chunks:
                    yield Arrived(tuple(chunks))
                raise
            at += 1
            if item is not None:
                if chunks:
                    yield Arrived(tuple(chunks))
                    chunks = []
                yield item
        if chunks:
            yield Arrived(tuple(chunks))

    def _take_texts(self, frames: Sequence[Frame], start: int, chunks: list[Chunk]) -> int:
        """Take the lines from `start` on that bear text and nothing to look at, as nearly all of a stream do; the
        place of the first that is anything else."""
        line_kind, user, add = FrameKind.LINE, StampSource.USER, chunks.append
        taken = user_stamps = 0
        for kind, source, at_ns, payload in frames[start:] if start else frames:
            if kind is not line_kind:
                break
            if plain := _plain_line(payload):
                taken += 1
                user_stamps += source is user
                if content := plain[1]:
                    chunk = _new_chunk(Chunk)
                    _set_at_ns(chunk, at_ns)
                    _set_text(chunk, content.decode())
                    _set_thinking(chunk, False)
                    add(chunk)
                continue
            try:
                text = payload.decode()
                line, end = _scan(text, 0)
            except (ValueError, StopIteration, RecursionError):
                break
            if end != len(text) or not isinstance(line, dict) or "error" in line or line.get("done") is True:
                break
            taken += 1
            user_stamps += source is user
            message = line.get("message")
            if isinstance(message, dict) and "thinking" not in message:
                said = message.get("content")
                if isinstance(said, str) and said.isascii():
                    if said:
                        add(Chunk(at_ns, said))
                    continue
            chunks.extend(chunks_of(line, at_ns))
        self.lines += taken
        self.user_stamps += user_stamps
        self.wrote = self.wrote or bool(chunks)
        return start + taken

    def _take(self, frame: Frame, chunks: list[Chunk]) -> Sent | Finished | None:
        match frame.kind:
            case FrameKind.LINE | FrameKind.TAIL:
                return self._take_line(frame, chunks)
            case FrameKind.SENT:
                return Sent(frame.at_ns)
            case FrameKind.STATUS:
                self._status = int(json.loads(frame.payload)["status"])
            case FrameKind.CLOSED:
                self._closed(json.loads(frame.payload))
            case FrameKind.ERROR:
                self._failed(json.loads(frame.payload))
        return None

    def _take_line(self, frame: Frame, chunks: list[Chunk]) -> Finished | None:
        if self._status != 200:
            room = _BODY_BYTES - len(self._refusal)
            self._refusal += frame.payload[:room] + b"\n"
            return None
        if not frame.payload.strip():
            return None
        self.lines += 1
        self.user_stamps += frame.source is StampSource.USER
        line = _json_object(frame.payload)
        if line is None and frame.kind is FrameKind.TAIL:
            self._odd_tail = frame.payload
            return None
        if line is None:
            raise failures.answered_badly(self._host, f"not a JSON line: {_shown(frame.payload)}")
        if error := line.get("error"):
            text = error if isinstance(error, str) else json.dumps(error)
            raise failures.model_crashed(self._host, self._model, text)
        before = len(chunks)
        chunks.extend(chunks_of(line, frame.at_ns))
        self.wrote = self.wrote or len(chunks) > before
        if line.get("done") is not True:
            return None
        self.finished = True
        server = timings_of(line, wrote=self.wrote)
        return Finished(server, word(line.get("done_reason")), frame.at_ns)

    def _closed(self, facts: Mapping[str, object]) -> None:
        """Without a `done` line an end is always an error."""
        clean, why = bool(facts["clean"]), str(facts["why"])
        if self._status is None:
            raise failures.stream_cut(self._host, clean=False, why=why)
        if self._status != 200:
            body = self._refusal.decode("utf-8", "replace")
            raise failures.from_status(self._status, failures.error_text(body), host=self._host, model=self._model)
        if self._odd_tail and clean:
            raise failures.answered_badly(self._host, f"not a JSON line: {_shown(self._odd_tail)}")
        raise failures.stream_cut(self._host, clean=clean, why=why)

    def _failed(self, facts: Mapping[str, object]) -> None:
        kind, text = facts["kind"], str(facts["text"])
        if kind in ("connect", "resolve"):
            raise failures.unreachable(self._host, text)
        raise failures.answered_badly(self._host, text)


def chunks_of(line: Mapping[str, object], at_ns: int) -> Iterator[Chunk]:
    """The content of one line of `/api/chat` or `/api/generate`; none when it bears no text."""
    message = line.get("message")
    source, content = (message, "content") if isinstance(message, dict) else (line, "response")
    if thinking := _text(source, "thinking"):
        yield Chunk(at_ns, thinking, thinking=True)
    if text := _text(source, content):
        yield Chunk(at_ns, text)


def timings_of(line: Mapping[str, object], *, wrote: bool) -> ServerTimings:
    """The counters of the `done` line; what is missing, is no count, or can not have been 0 is None.

    Ollama leaves out what is 0; others fill in a 0 for what they do not measure. `wrote`: the answer has text.
    """
    total = _count(line, "total_duration") or None
    prompt_tokens = _count(line, "prompt_eval_count") or None
    eval_tokens = _count(line, "eval_count")
    if wrote or total is None:
        eval_tokens = eval_tokens or None
    load = _count(line, "load_duration")
    cached = _count(line, "prompt_eval_cached_count")
    return ServerTimings(
        total_ns=total,
        # a coarse clock may have seen no load, but not while it ran for nothing else either
        load_ns=load if total else load or None,
        prompt_tokens=prompt_tokens,
        prompt_cached_tokens=cached if prompt_tokens else cached or None,
        prompt_ns=_count(line, "prompt_eval_duration") or None,
        eval_tokens=eval_tokens,
        eval_ns=_count(line, "eval_duration") or None,
    )


def _count(line: Mapping[str, object], key: str) -> int | None:
    value = line.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= LARGEST else None


def _text(source: Mapping[str, object], key: str) -> str:
    value = source.get(key)
    return carried(value) if isinstance(value, str) else ""


def _json_object(payload: bytes) -> dict[str, object] | None:
    try:
        value = json.loads(payload.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _shown(payload: bytes) -> str:
    return hidden(payload[:5_000].decode("utf-8", "replace"))[:200]
