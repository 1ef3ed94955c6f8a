"""What the routes send back: records as JSON, errors as JSON, the stream as lines."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from chimera_tui.daemon.hub import Hub
from chimera_tui.domain.errors import BadUse, ChimeraError, ErrorInfo, LimitReached
from chimera_tui.domain.limits import MOST_BODY_BYTES
from chimera_tui.domain.names import to_wire
from chimera_tui.domain.wire import adapter

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
_STATUS = {
    "run_in_progress": 409,
    "run_not_found": 404,
    "campaign_not_found": 404,
    "file_not_readable": 404,
    "server_unreachable": 502,
    "server_answer": 502,
    "server_busy": 503,
    "limit_reached": 503,
    "save_failed": 500,
    "journal_unusable": 500,
}
"""HTTP status by error code; what is not listed is the asker's to correct (422)."""


def json_answer(kind: Any, value: object, status: int = 200) -> Response:
    """`kind` is the type of `value`: a record of the domain, or a list or mapping of records."""
    return Response(adapter(kind).dump_json(value), status, media_type="application/json")


def error_answer(info: ErrorInfo, status: int) -> Response:
    # A sentence may quote a file name that is no UTF-8.
    info = ErrorInfo(info.code, to_wire(info.what), to_wire(info.where), to_wire(info.next))
    return json_answer(ErrorInfo, info, status)


def error_handlers() -> Mapping[Any, Callable[[Request, Any], Awaitable[Response]]]:
    return {ChimeraError: _on_ours, HTTPException: _on_http, Exception: _on_defect}


async def _on_ours(request: Request, error: ChimeraError) -> Response:
    return error_answer(error.info, _STATUS.get(error.info.code, 422))


async def _on_http(request: Request, error: HTTPException) -> Response:
    what = f"{request.method} {request.url.path}: {error.detail}"
    return error_answer(
        ErrorInfo("no_such_route", what, "", "See docs/daemon.md for the routes."), error.status_code
    )


async def _on_defect(request: Request, error: Exception) -> Response:
    """The traceback goes to the log (the server writes it there), never to who asked."""
    _LOG.error("%s %s failed: %r", request.method, request.url.path, error)
    what = f"the daemon failed on {request.method} {request.url.path}"
    return error_answer(
        ErrorInfo("error", what, "", "Its log tells why: `chimera daemon status` names the file."), 500
    )


class EventStream(StreamingResponse):
    """A viewer: attached while its response is being sent, which is told what happens so many times a second."""

    def __init__(self, hub: Hub, per_second: int, *, joined: bool = False) -> None:
        super().__init__((), media_type="application/x-ndjson")
        self._hub = hub
        self._gather_s = 1 / per_second
        self._joined = joined

    async def stream_response(self, send: Send) -> None:
        # The subscription lives exactly as long as this coroutine, also when the viewer is gone mid-write.
        with self._hub.subscribe(self._gather_s, joined=self._joined) as viewer:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async for block in viewer:
                await send({"type": "http.response.body", "body": block, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def body_of(request: Request, record: type[T]) -> T:
    """The request's JSON as a record; an empty body means every default. Raises BadUse, LimitReached."""
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MOST_BODY_BYTES:
            raise LimitReached(
                f"a request of more than {MOST_BODY_BYTES >> 20} MiB", where=request.url.path, next_="Send less."
            )
    try:
        return adapter(record).validate_json(bytes(content) or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise BadUse(
            f"{place}: {first['msg']}" if place else first["msg"],
            where=request.url.path,
            next_="See docs/daemon.md for what this route takes.",
        ) from error
