"""One agent's stream, as the daemon holds it: the probe process, its request, and what comes back."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from urllib.parse import quote

from chimera_tui import resources
from chimera_tui.domain.errors import ChimeraError, ModelNotFound
from chimera_tui.engine.ports import ModelRequest, StreamItem
from chimera_tui.services.ollama import failures
from chimera_tui.services.ollama.answer import Answer
from chimera_tui.services.ollama.frames import FrameDecoder
from chimera_tui.services.ollama.host import address

_PROBE = "chimera_tui.services.ollama.probe"
_READ_BYTES = 1 << 18
_LOG = logging.getLogger(__name__)

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
    *,
    headers: Mapping[str, str] | None = None,
    model_names: ModelNames | None = None,
) -> AsyncIterator[AsyncIterator[StreamItem]]:
    """Send the request and give its items: `Sent`, `Arrived` batches, `Finished`; or a ChimeraError.

    Leaving the context in whatever way kills the probe, which closes the connection, which stops the server.
    Raises SettingInvalid when the host is no address.
    """
    line = json.dumps(_target(request, headers or {})).encode() + b"\n"
    process = await _start()
    handle = _handle(process)
    try:
        async with aclosing(_items(process, line, request, model_names)) as items:
            yield items
    finally:
        await _end(process, handle)


async def _start() -> Process:
    try:
        return await asyncio.create_subprocess_exec(
            *resources.child_command(_PROBE),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            limit=_READ_BYTES,
            env=resources.child_environment(),
        )
    except OSError as error:
        raise ChimeraError(
            f"the process that reads the stream can not be started: {error.strerror}",
            next_="Free memory or processes on this machine, then run again.",
        ) from error


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
    process: Process, line: bytes, request: ModelRequest, model_names: ModelNames | None
) -> AsyncGenerator[StreamItem, None]:
    host, model = request.settings.host, request.settings.model
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(line)  # goes out while we wait for the first frame; it needs no drain
    answer, decoder = Answer(host, model), FrameDecoder()
    while data := await process.stdout.read(_READ_BYTES):
        try:
            for item in answer.feed(decoder.feed(data)):
                yield item
        except ModelNotFound as error:
            raise await _naming_models(error, host, model, model_names) from None
        if answer.finished:
            _LOG.debug("%d of %d lines without a kernel time stamp", answer.user_stamps, answer.lines)
            return
    raise failures.stream_cut(host, clean=False, why=await _last_words(process))


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


async def _last_words(process: Process) -> str:
    """Why a probe ended without telling the end: never seen in health."""
    assert process.stderr is not None
    lines = (await process.stderr.read()).decode("utf-8", "replace").split("\n")
    said = next((line for line in reversed(lines) if line.strip()), "")
    return f"its reader ended with status {await process.wait()} {said}".strip()


def _handle(process: Process) -> int | None:
    """A descriptor that means this very process for as long as it is open, where the system has such."""
    try:
        return os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        return None


def _kill(process: Process, handle: int | None) -> None:
    """`Process.kill` alone would reap a process that has just ended, under the hands of asyncio's own watcher."""
    with suppress(ProcessLookupError):
        if handle is None:
            process.kill()
        else:
            signal.pidfd_send_signal(handle, signal.SIGKILL)
    if handle is not None:
        os.close(handle)


async def _end(process: Process, handle: int | None) -> None:
    """Kill and reap, however often this task is cancelled meanwhile: SIGKILL needs milliseconds."""
    _kill(process, handle)
    if process.stdin is not None:
        process.stdin.close()
    assert process.stdout is not None and process.stderr is not None
    # what is left in the pipes is read as well: a pipe with unread data never closes
    reaped = asyncio.gather(process.stdout.read(), process.stderr.read(), process.wait())
    cancelled = False
    while not reaped.done():
        try:
            await asyncio.shield(reaped)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
