"""A request over a bare socket, to see every byte and to hang up at will."""

from __future__ import annotations

import json
import select
import socket
from types import TracebackType
from typing import Any

from tests.simulators import SimulatorHandle


class RawRequest:
    """Sends at once; close it, or leave the `with`, to hang up."""

    def __init__(self, simulator: SimulatorHandle, body: dict[str, Any], path: str = "/api/generate") -> None:
        payload = json.dumps(body).encode()
        self.socket = socket.create_connection((simulator.host, simulator.port), timeout=20)
        head = f"POST {path} HTTP/1.1\r\nHost: {simulator.host}\r\nContent-Length: {len(payload)}\r\n\r\n"
        self.socket.sendall(head.encode() + payload)
        self.received = b""

    def __enter__(self) -> RawRequest:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.socket.close()

    def has_bytes(self) -> bool:
        return bool(select.select([self.socket], [], [], 0)[0])

    def read_until(self, mark: bytes) -> bytes:
        """Everything received once the mark has come, or once the server has hung up."""
        while mark not in self.received:
            data = self.socket.recv(65_536)
            if not data:
                break
            self.received += data
        return self.received
