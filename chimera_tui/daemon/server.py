"""uvicorn on a socket that is already bound, without its signals and its ten ticks a second."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

DRAIN_S = 2.0
"""For open responses to end once the daemon does."""


class SocketServer(uvicorn.Server):
    """Serves until `stop()`."""

    def __init__(self, application: ASGIApp, listener: socket.socket, touched: Callable[[], None]) -> None:
        """`touched` is called with every request."""

        async def counted(scope: Scope, receive: Receive, send: Send) -> None:
            touched()
            await application(scope, receive, send)

        super().__init__(
            uvicorn.Config(
                counted,
                http="h11",
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
