"""An Ollama server through its official client, and the streams through the probe."""

from __future__ import annotations

import asyncio
import platform
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import chimera_tui
from chimera_tui.domain.errors import ChimeraError, ModelNotFound
from chimera_tui.domain.events import ModelInfo
from chimera_tui.domain.options import AgentSettings
from chimera_tui.engine.ports import LoadedModel, ModelRequest, StreamItem
from chimera_tui.services.ollama import failures, told
from chimera_tui.services.ollama.api_key import read_api_key
from chimera_tui.services.ollama.connections import CONNECT_TIMEOUT_S, Connections, libraries
from chimera_tui.services.ollama.host import parse_host
from chimera_tui.services.ollama.readers import Readers
from chimera_tui.services.ollama.stream import STALL_S, keep_alive, open_stream

if TYPE_CHECKING:
    import httpx

_ANSWER_TIMEOUT_S = 10.0
"""For questions that load nothing; `/api/ps` can take 5 s while VRAM is freed."""
_NO_SUCH_QUESTION = (404, 405)
"""When no error of Ollama's comes with it: its router's answer to a path that this version does not have."""


@dataclass(frozen=True, slots=True)
class PullProgress:
    """One step of a download, as the server tells it."""

    status: str
    digest: str = ""
    total_bytes: int | None = None
    completed_bytes: int | None = None


class OllamaServer:
    """Every server that is asked for by its host; implements `engine.ports.ModelServer`.

    Proxy variables of the environment are ignored: one that is set for the web would reroute localhost.
    `api_key`, by default the one of `read_api_key`, goes out as a bearer token to every host, as the official
    client does with OLLAMA_API_KEY.
    Connections are kept per host until `aclose`.
    """

    def __init__(self, api_key: str | None = None, *, stall_s: float = STALL_S) -> None:
        """`stall_s`: see `open_stream`. Raises SettingInvalid for a key that can not be used."""
        key = read_api_key() if api_key is None else api_key
        self._headers = {"user-agent": f"chimera-tui/{chimera_tui.__version__} ({platform.system()})"}
        if key:
            self._headers["authorization"] = f"Bearer {key}"
        self._clients: dict[str, Connections] = {}
        self._readers = Readers()
        self._stall_s = stall_s

    def ready(self, streams: int) -> AbstractAsyncContextManager[None]:
        """See `engine.ports.ModelServer.ready`."""
        return self._readers.kept(streams)

    def stream(self, request: ModelRequest) -> AbstractAsyncContextManager[AsyncIterator[StreamItem]]:
        """See `engine.ports.ModelServer.stream`; ModelNotFound names the models that exist."""
        return open_stream(
            request, self._readers, headers=self._headers, model_names=self._names, stall_s=self._stall_s
        )

    async def version(self, host: str) -> str:
        """See `engine.ports.ModelServer.version`."""
        with _translated(host):
            answer = await self._ask(host, "version")
            return "" if answer is None else told.version_of(answer)

    async def models(self, host: str) -> Sequence[ModelInfo]:
        with _translated(host):
            answer = await self._ask(host, "tags")
            if answer is None:
                raise failures.answered_badly(host, "it lists no models (HTTP 404)")
            return told.listed(answer)

    async def show(self, host: str, model: str) -> ModelInfo:
        try:
            with _translated(host, model):
                answer = await self._ask(host, "show", model)
                return ModelInfo(model) if answer is None else told.shown(model, answer)
        except ModelNotFound as error:
            raise await self._naming_models(error, host, model) from error.__cause__

    async def loaded(self, host: str) -> Sequence[LoadedModel] | None:
        """See `engine.ports.ModelServer.loaded`."""
        with _translated(host):
            answer = await self._ask(host, "ps")
            return None if answer is None else told.loaded(answer)

    async def preload(self, settings: AgentSettings) -> None:
        """Load the model as the next request would, without asking it anything. Takes as long as it takes."""
        clients = await self._of(settings.host)
        try:
            with _translated(settings.host, settings.model):
                await clients.api.generate(
                    settings.model,
                    options=settings.options.requested(),
                    keep_alive=keep_alive(settings.keep_alive),
                )
        except ModelNotFound as error:
            raise await self._naming_models(error, settings.host, settings.model) from error.__cause__

    async def unload(self, host: str, model: str) -> None:
        """Free the model's memory now; the only way to undo an explicit num_gpu."""
        clients = await self._of(host)
        with _translated(host, model):
            await clients.api.generate(model, keep_alive=0)

    async def pull(self, host: str, model: str) -> AsyncGenerator[PullProgress, None]:
        """Have the server download a model; closing the generator stops it."""
        clients = await self._of(host)
        with _translated(host, model, pulling=True):
            parts = await clients.api.pull(model, stream=True)
            async with aclosing(parts):  # type: ignore[type-var]  # typed as an iterator, is a generator
                async for part in parts:
                    yield PullProgress(part.status or "", part.digest or "", part.total, part.completed)

    async def aclose(self) -> None:
        clients, self._clients = self._clients, {}
        for each in clients.values():
            await each.aclose()

    async def _ask(self, host: str, question: str, model: str = "") -> dict[str, Any] | None:
        """The answer to a question that loads nothing, None from a server that does not know the question.

        The official client insists on fields that older servers leave out.
        """
        clients = await self._of(host)
        url = f"{clients.base}/api/{question}"
        # older servers know the model by its other key
        body = {"model": model, "name": model} if model else None
        async with asyncio.timeout(_ANSWER_TIMEOUT_S):
            response = await _asked(clients.http, url, body)
        message = failures.error_text(response.text) if response.status_code != 200 else None
        if response.status_code in _NO_SUCH_QUESTION and message is None:
            return None
        if response.status_code != 200:
            raise failures.from_status(response.status_code, message, host=host, model=model)
        answer = response.json()
        if not isinstance(answer, dict):
            raise TypeError("no JSON object")
        return answer

    async def _names(self, host: str) -> Sequence[str]:
        return [model.name for model in await self.models(host)]

    async def _naming_models(self, error: ModelNotFound, host: str, model: str) -> ModelNotFound:
        try:
            return failures.model_not_found(host, model, await self._names(host))
        except ChimeraError:
            return error

    async def _of(self, host: str) -> Connections:
        base = parse_host(host)
        if base not in self._clients:
            await asyncio.to_thread(libraries)  # 200 ms of imports, which must not hold up the loop
        if base not in self._clients:
            self._clients[base] = Connections.make(base, self._headers)
        return self._clients[base]


async def _asked(http: httpx.AsyncClient, url: str, body: object) -> httpx.Response:
    """Asked twice when the connection breaks: one that was kept may have been closed since, as by a restart."""
    broken = libraries().httpx.NetworkError, libraries().httpx.RemoteProtocolError
    method = "GET" if body is None else "POST"
    try:
        return await http.request(method, url, json=body)
    except libraries().httpx.ConnectError:
        raise
    except broken:
        return await http.request(method, url, json=body)


@contextmanager
def _translated(host: str, model: str = "", *, pulling: bool = False) -> Iterator[None]:
    """Everything that the libraries raise, as our errors."""
    found = libraries()
    try:
        yield
    except found.ollama.ResponseError as error:
        raise _refused(error, host, model, pulling) from error
    except TimeoutError as error:
        raise failures.unreachable(host, f"it took longer than {_ANSWER_TIMEOUT_S:g} s") from error
    except found.httpx.ConnectTimeout as error:
        raise failures.unreachable(host, f"no connection within {CONNECT_TIMEOUT_S:g} s") from error
    except (found.httpx.RemoteProtocolError, found.httpx.DecodingError) as error:
        raise failures.answered_badly(host, str(error)) from error
    except (ConnectionError, found.httpx.TransportError) as error:
        raise failures.unreachable(host, _why(error)) from error
    except found.httpx.InvalidURL as error:
        raise failures.unreachable(host, str(error)) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        # how the official client fails on JSON of another shape or endless depth, or on none
        raise failures.answered_badly(host, f"{type(error).__name__}: {error}") from error


def _refused(error: Exception, host: str, model: str, pulling: bool) -> ChimeraError:
    status, text = int(getattr(error, "status_code", -1)), str(getattr(error, "error", error))
    if pulling and ("does not exist" in text or "not found" in text):
        return ModelNotFound(
            f"there is no model {failures.detail(model)} to pull",
            where=host,
            next_="Check its name in the model library.",
        )
    if status == -1:
        return failures.from_status(400, text, host=host, model=model)
    message = None if text.lstrip().startswith("<") else text
    return failures.from_status(status, message, host=host, model=model)


def _why(error: Exception) -> str:
    """The official client hides the reason of a refused connection in the context of its own text."""
    inner = error.__context__ if isinstance(error, ConnectionError) and error.__context__ else error
    return str(inner) or type(inner).__name__
