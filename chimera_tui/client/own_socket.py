"""HTTP over a Unix socket, to processes of our own user and to no others."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chimera_tui.client.peer import is_of, stranger
from chimera_tui.light_httpx import httpx


class OwnSocketTransport(httpx.AsyncHTTPTransport):
    """Looks who listens once a connection is made, before anything is sent over it.

    Raises DaemonUnreachable when it is somebody else.
    """

    def __init__(self, path: Path, owner: int | None = None) -> None:
        """`owner` must listen there; by default our own user."""
        # nothing there speaks TLS; to read the certificates took 30 ms
        super().__init__(uds=str(path), verify=False)
        self._path = path
        self._owner = os.getuid() if owner is None else owner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions = {**request.extensions, "trace": self._look}
        return await super().handle_async_request(request)

    async def _look(self, event: str, about: Mapping[str, Any]) -> None:
        if event != "connection.connect_unix_socket.complete":
            return
        stream = about["return_value"]
        connection = stream.get_extra_info("socket")
        if connection is None or not is_of(connection, self._owner):
            await stream.aclose()
            raise stranger(str(self._path))
