"""uvicorn on a socket that is already bound, for its owner alone, without signals and ten ticks a second."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from chimera_tui.client.peer import is_of, peer_uid

DRAIN_S = 2.0
"""For open responses to end once the daemon does."""


_REFUSED = (
    b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n"
    b'{"code": "not_yours", "what": "this daemon serves the user who started it and nobody else", '
    b'"where": "", "next": "Start one of your own: chimera DIR"}'
)
_REFUSED_S = 1.0
"""For whoever was refused to read why."""
_LOG = logging.getLogger(__name__)


class _OwnersProtocol(H11Protocol):
    """Serves connections that `owner` opened; any other is told so and closed, and nothing it sends is read."""

    owner: int
    _refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        connection = transport.get_extra_info("socket")
        if is_of(connection, self.owner):
            super().connection_made(transport)
            return
        self._refused = True
        _LOG.warning("refused a connection of user %s", peer_uid(connection))
        transport.write(_REFUSED)
        # Closing now, with something unread, would take the answer back.
        transport.write_eof()
        asyncio.get_running_loop().call_later(_REFUSED_S, transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._refused:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)

    def eof_received(self) -> None:
        if not self._refused:
            super().eof_received()


class SocketServer(uvicorn.Server):
    """Serves until `stop()`."""

    def __init__(
        self,
        application: ASGIApp,
        listener: socket.socket,
        touched: Callable[[], None],
        owner: int | None = None,
    ) -> None:
        """`touched` is called with every request; `owner` alone is served, by default our own user."""
        protocol = cast(Any, type("OwnersProtocol", (_OwnersProtocol,), {}))
        protocol.owner = os.getuid() if owner is None else owner

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            touched()
            await application(scope, receive, send)

        super().__init__(
            uvicorn.Config(
                counted,
                http=protocol,
                ws="none",
                lifespan="off",
                loop="asyncio",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=int(DRAIN_S),
            )
        )
        self._listener = listener
        self._stopping = asyncio.Event()

    async def run_until_stopped(self) -> None:
        await self.serve(sockets=[self._listener])

    def stop(self) -> None:
        self._stopping.set()

    async def main_loop(self) -> None:
        await self._stopping.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
