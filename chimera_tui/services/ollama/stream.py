"""One agent's stream, as the daemon holds it: what the probe is asked, and what comes back."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from urllib.parse import quote

from chimera_tui.domain.errors import ChimeraError, ModelNotFound
from chimera_tui.engine.ports import ModelRequest, StreamItem
from chimera_tui.services.ollama import failures
from chimera_tui.services.ollama.answer import Answer
from chimera_tui.services.ollama.frames import Frame
from chimera_tui.services.ollama.host import address
from chimera_tui.services.ollama.readers import Reader, Readers

_LOG = logging.getLogger(__name__)

STALL_S = 600.0
"""Unless set otherwise. An answer that has begun and then says nothing for so long will not go on: the GPU hangs,
or the machine is gone without a word. A first token is waited for as long as it takes; a load that stalls is ended
by Ollama itself."""
MOST_LINES = 500_000
"""Of one answer; num_predict goes up to 131,072 tokens. A model that repeats itself shall not fill the memory."""
MOST_BYTES = 128 * 1024 * 1024
_SECOND_LOOK_S = 1.0
"""If it is we who stood still, what came meanwhile is there at once."""

ModelNames = Callable[[str], Awaitable[Sequence[str]]]
"""Host → the names of its models, to be offered when one is not found. May raise a ChimeraError."""


def request_body(request: ModelRequest) -> dict[str, object]:
    """The JSON body of `/api/chat` or `/api/generate`: only what was asked for."""
    settings = request.settings
    body: dict[str, object] = {"model": settings.model}
    if settings.api == "chat":
        persona = [{"role": "system", "content": request.system}] if request.system else []
        body["messages"] = [*persona, {"role": "user", "content": request.prompt}]
    else:
        body["prompt"] = request.prompt
        if request.system:
            body["system"] = request.system
    body["stream"] = True
    if options := settings.options.requested():
        body["options"] = options
    body["keep_alive"] = keep_alive(settings.keep_alive)
    if settings.think is not None:
        body["think"] = settings.think
    return body


def keep_alive(value: str | int) -> str | int:
    """A number in quotes is refused by the server (`missing unit in duration`), so it goes as a number."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"\s*[+-]?\d+\s*", value, re.ASCII) else value


@asynccontextmanager
async def open_stream(
    request: ModelRequest,
    readers: Readers,
    *,
    headers: Mapping[str, str] | None = None,
    model_names: ModelNames | None = None,
    stall_s: float = STALL_S,
    most_lines: int = MOST_LINES,
) -> AsyncIterator[AsyncIterator[StreamItem]]:
    """Send the request and give its items: `Sent`, `Arrived` batches, `Finished`; or a ChimeraError.

    Leaving the context before `Finished` kills the probe, which closes the connection, which stops the server.
    An answer that has begun and then says nothing for `stall_s` counts as cut, and so does one of more than
    `most_lines`. Raises SettingInvalid when the host is no address.
    """
    line = json.dumps(_target(request, headers or {})).encode() + b"\n"
    async with readers.one() as reader:
        reader.ask(line)
        async with aclosing(_items(reader, request, model_names, stall_s, most_lines)) as items:
            yield items


def _target(request: ModelRequest, headers: Mapping[str, str]) -> dict[str, object]:
    host = address(request.settings.host)
    path = quote(f"{host.path}/api/{request.settings.api}", safe="/%:@!$&'()*+,;=~-._")
    name = f"[{host.name}]" if ":" in host.name else host.name
    scheme = "https" if host.tls else "http"
    own = {
        "host": f"{_without_zone(name)}:{host.port}",
        "content-type": "application/json",
        "accept": "application/x-ndjson",
        "accept-encoding": "identity",
        "connection": "close",
    }
    return {
        "url": f"{scheme}://{name}:{host.port}{path}",
        "tls": host.tls,
        "name": host.name,
        "port": host.port,
        "path": path,
        "headers": {**own, **headers},
        "body": json.dumps(request_body(request)),
    }


def _without_zone(name: str) -> str:
    """`[fe80::1%eth0]` → `[fe80::1]`: a zone is for this machine's routing only."""
    bare, zone, _ = name.partition("%")
    return f"{bare}]" if zone else name


async def _items(
    reader: Reader, request: ModelRequest, model_names: ModelNames | None, stall_s: float, most_lines: int
) -> AsyncGenerator[StreamItem, None]:
    host, model = request.settings.host, request.settings.model
    answer = Answer(host, model)
    size_bytes = 0
    while frames := await (_within(stall_s, reader, host) if answer.wrote else reader.read()):
        try:
            for item in answer.feed(frames):
                yield item
        except ModelNotFound as error:
            raise await _naming_models(error, host, model, model_names) from None
        if answer.finished:
            _LOG.debug("%d of %d lines without a kernel time stamp", answer.user_stamps, answer.lines)
            await reader.settle()
            return
        size_bytes += sum(len(frame.payload) for frame in frames)
        if answer.lines > most_lines or size_bytes > MOST_BYTES:
            raise failures.endless(host, model, answer.lines, size_bytes)
    raise failures.stream_cut(host, clean=False, why=await reader.last_words())


async def _within(stall_s: float, reader: Reader, host: str) -> list[Frame]:
    """The next frames. Raises StreamCut when none come."""
    for patience_s in (stall_s, _SECOND_LOOK_S):
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                return await reader.read()
    raise failures.stalled(host, stall_s)


async def _naming_models(
    error: ModelNotFound, host: str, model: str, model_names: ModelNames | None
) -> ModelNotFound:
    """The same error with the models that exist, when they can be had."""
    if model_names is None:
        return error
    try:
        return failures.model_not_found(host, model, await model_names(host))
    except ChimeraError:
        return error
