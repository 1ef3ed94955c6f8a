"""What a server's refusals and silences mean: HTTP statuses, error lines and broken connections as our errors."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from chimera_tui.domain.errors import (
    ChimeraError,
    LoadFailed,
    ModelCrashed,
    ModelNotFound,
    PromptTooLong,
    RequestRejected,
    ServerAnsweredBadly,
    ServerBusy,
    ServerUnreachable,
    StreamCut,
)
from chimera_tui.domain.names import printable
from chimera_tui.domain.near import near
from chimera_tui.services.ollama.api_key import hidden

_DETAIL_CHARS = 500
_MODELS_NAMED = 20
_LOAD_SIGNS = (
    "terminated",
    "out of memory",
    "failed to load",
    "unable to load",
    "error loading model",
    "requires more system memory",
    "cudamalloc",
    "insufficient memory",
    "timed out waiting for",
    "loading model",
)
_REFUSAL_SIGNS = ("option", "must be", "format", "invalid", "unmarshal", "not support", "context")
"""Of a 500 that is about the request itself, so that the same request gets it again."""
_TOO_LONG = re.compile(r"context (?:size|length)")
_COUNTED = re.compile(r"request \((\d{1,12}) tokens\)")
_CRASH_SIGNS = ("while running the model", "unexpectedly stopped", "unexpected eof", "no longer running")


def detail(text: str) -> str:
    """An error text of a server, fit for one line: unwrapped from JSON, capped, without our key and control
    characters."""
    text = hidden(" ".join(_unwrapped(text).split()).rstrip("."))
    return printable(text[:_DETAIL_CHARS] + ("…" if len(text) > _DETAIL_CHARS else ""))


def error_text(body: str) -> str | None:
    """The text of an `{"error": …}` body; None when it is not one, so not Ollama's."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    error = value.get("error") if isinstance(value, dict) else None
    return None if error is None else _text_of(error)


def _unwrapped(text: str) -> str:
    """The innermost message of errors that hold JSON in JSON."""
    for _ in range(4):
        if not text.lstrip().startswith("{"):
            break
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            break
        inner = _text_of(value)
        if inner == text:
            break
        text = inner
    return text


def _text_of(value: object) -> str:
    while isinstance(value, dict):
        value = next((value[key] for key in ("error", "message") if key in value), json.dumps(value))
    return value if isinstance(value, str) else json.dumps(value)


def from_status(
    status: int, message: str | None, *, host: str, model: str, existing: Sequence[str] | None = None
) -> ChimeraError:
    """The error behind an HTTP status other than 200.

    `message` is the server's text, None when the answer was not Ollama's JSON; `existing` are the models that the
    server has, None when that is not known.
    """
    if message is None:
        return _not_ollama(status, host)
    said = detail(message)
    match status:
        case 404 if "not found" in said or "does not exist" in said:
            return model_not_found(host, model, existing)
        case 503:
            return ServerBusy(
                f"the server's queue is full: {said}",
                where=host,
                next_="Wait until other requests are done, or raise OLLAMA_MAX_QUEUE on the server.",
            )
        case 429:
            return ServerBusy(
                f"the server takes no more requests for now: {said}",
                where=host,
                next_="Wait until its limit on requests allows more.",
            )
        case 401 | 403:
            return RequestRejected(
                f"the server refused access (HTTP {status}): {said}",
                where=host,
                next_="Set OLLAMA_API_KEY or OLLAMA_API_KEY_FILE, or ask who runs the server.",
            )
        case 500:
            return _from_500(said, host, model)
        case _ if 400 <= status < 500 and status != 404:
            return _rejected(said, host)
    return ServerAnsweredBadly(f"the server answered HTTP {status}: {said}", where=host, next_=_CHECK_HOST)


_CHECK_HOST = "Check that this is Ollama's address (OLLAMA_HOST)."


def _from_500(said: str, host: str, model: str) -> ChimeraError:
    low = said.lower()
    if any(sign in low for sign in _LOAD_SIGNS):
        return LoadFailed(
            f"{printable(model)} could not be loaded: {said}",
            where=host,
            next_="Lower num_gpu or num_ctx, unload other models, or choose a smaller one.",
        )
    if any(sign in low for sign in _CRASH_SIGNS):
        return model_crashed(host, model, said)
    if any(sign in low for sign in _REFUSAL_SIGNS):
        return _rejected(said, host)
    return ServerAnsweredBadly(
        f"the server failed (HTTP 500): {said}", where=host, next_="Run again; if it happens again, see its log."
    )


def _rejected(said: str, host: str) -> RequestRejected:
    what = f"the server rejected the request: {said}"
    if not _TOO_LONG.search(said):
        return RequestRejected(what, where=host, next_="Change the setting that it names.")
    counted = _COUNTED.search(said)
    if counted is None:
        return PromptTooLong(what, where=host, next_="Raise num_ctx, or give it less to read.")
    error = PromptTooLong(
        what, where=host, next_="Run again: the next prompt is cut by this count; or raise num_ctx."
    )
    error.tokens = int(counted[1])
    return error


def _not_ollama(status: int, host: str) -> ChimeraError:
    if status in (502, 504):
        return ServerUnreachable(
            f"a proxy answered HTTP {status} in the server's place",
            where=host,
            next_="Is Ollama running behind it?",
        )
    return ServerAnsweredBadly(
        f"what answered (HTTP {status}) does not speak Ollama's API", where=host, next_=_CHECK_HOST
    )


def model_not_found(host: str, model: str, existing: Sequence[str] | None) -> ModelNotFound:
    name = printable(model)
    if existing:
        alike = near(model, existing, _MODELS_NAMED, likeness=0.4)
        ordered = [*alike, *(other for other in existing if other not in alike)]
        more = f" and {len(ordered) - _MODELS_NAMED} more" if len(ordered) > _MODELS_NAMED else ""
        next_ = f"It has {', '.join(map(printable, ordered[:_MODELS_NAMED]))}{more}."
    elif existing is not None:
        next_ = f"It has no models yet; get this one with: ollama pull {name}"
    else:
        next_ = f"Choose one of `ollama list`, or get it with: ollama pull {name}"
    return ModelNotFound(f"the server has no model {name}", where=host, next_=next_)


def model_crashed(host: str, model: str, text: str) -> ModelCrashed:
    """An error line inside a stream that began well."""
    return ModelCrashed(
        f"{printable(model)} stopped while it was writing: {detail(text)}",
        where=host,
        next_="Run again (the server loads it anew); if it happens again, lower num_gpu or num_ctx.",
    )


def unreachable(host: str, why: str) -> ServerUnreachable:
    return ServerUnreachable(
        f"no answer from {host}: {detail(why)}", where=host, next_="Is Ollama running there? Check OLLAMA_HOST."
    )


def stream_cut(host: str, *, clean: bool, why: str = "") -> StreamCut:
    """A stream without its `done` line. `clean`: the server ended it properly (its repeat guard does that)."""
    if clean:
        return StreamCut(
            "the server ended the stream without its done line",
            where=host,
            next_="Its guard against repetition does that: raise repeat_penalty or temperature, run again.",
        )
    return StreamCut(
        f"the stream was cut before its done line: {detail(why)}",
        where=host,
        next_="Was the server stopped or restarted? Run again.",
    )


def stalled(host: str, seconds: float) -> StreamCut:
    """A stream that began and then stood still, its connection as sound as before."""
    return StreamCut(
        f"the stream stood still for {seconds:g} s in the middle of an answer",
        where=host,
        next_="Does the server still answer? Look at its log and at the GPU, restart it, then run again.",
    )


def endless(host: str, model: str, lines: int, size_bytes: int) -> StreamCut:
    """An answer that is longer than any that could be asked for: another try may be wiser, as with one that the
    server's own guard has ended."""
    return StreamCut(
        f"{printable(model)} wrote {lines:,} lines ({size_bytes >> 20} MiB) and came to no end",
        where=host,
        next_="Set num_predict, or raise repeat_penalty: a model that repeats itself does that.",
    )


def answered_badly(host: str, what: str) -> ServerAnsweredBadly:
    return ServerAnsweredBadly(
        f"the server's answer can not be understood: {detail(what)}", where=host, next_=_CHECK_HOST
    )
