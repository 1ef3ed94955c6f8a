"""One HTTPS request through httpx, in a thread of the probe; its stamps are the thread's own."""

from __future__ import annotations

import contextlib
import os
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator

from chimera_tui.light_httpx import httpx
from chimera_tui.services.ollama.channel import CONNECT_TIMEOUT_S, socket_options
from chimera_tui.services.ollama.frames import StampSource
from chimera_tui.services.ollama.pieces import Body, ChannelError, End, Piece, Status, Target


class SecureChannel:
    """The thread reads and stamps; `fileno` becomes readable when it has something.

    A TLS record can only be read whole, so the kernel's time of its segments says little: every stamp is the
    user-space time at which httpx gave the bytes. Certificates are checked against the system's store.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._pieces: deque[Piece | ChannelError] = deque()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._ended = False
        self.sent_ns: int | None = None
        threading.Thread(target=self._run, name="https", daemon=True).start()

    def fileno(self) -> int:
        return self._wake_read

    def collect(self, due_ns: int) -> bool:
        os.read(self._wake_read, 4096)
        return self._ended

    def receive(self) -> Iterator[Piece]:
        while self._pieces:
            piece = self._pieces.popleft()
            if isinstance(piece, ChannelError):
                raise piece
            yield piece

    def close(self) -> None:
        """Nothing to do: the thread is a daemon, the connection closes with the process."""

    def _tell(self, piece: Piece | ChannelError | None = None) -> None:
        if piece is not None:
            self._pieces.append(piece)
            self._ended = isinstance(piece, End | ChannelError)
        with contextlib.suppress(BlockingIOError):  # a full pipe wakes the reader just as well
            os.write(self._wake_write, b"\0")

    def _trace(self, event: str, _: object) -> None:
        if event == "http11.send_request_headers.started":
            self.sent_ns = time.monotonic_ns()
            self._tell()

    def _run(self) -> None:
        try:
            self._exchange()
        except httpx.RemoteProtocolError as error:
            self._tell(End(False, f"the connection broke: {error}", time.monotonic_ns()))
        except (httpx.ReadError, httpx.WriteError) as error:
            self._tell(End(False, f"the connection broke: {error or 'reset'}", time.monotonic_ns()))
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError, UnicodeError) as error:
            self._tell(ChannelError("connect", str(error) or type(error).__name__))

    def _exchange(self) -> None:
        target = self._target
        timeout = httpx.Timeout(None, connect=CONNECT_TIMEOUT_S)
        transport = httpx.HTTPTransport(
            trust_env=False, verify=ssl.create_default_context(), socket_options=socket_options()
        )
        with (
            httpx.Client(transport=transport, trust_env=False, timeout=timeout) as client,
            client.stream(
                "POST",
                target.url,
                content=target.body.encode("utf-8", "replace"),
                headers=dict(target.headers),
                extensions={"trace": self._trace},
            ) as response,
        ):
            self._tell(Status(response.status_code, dict(response.headers), time.monotonic_ns(), StampSource.USER))
            for data in response.iter_raw():
                self._tell(Body([(data, time.monotonic_ns(), StampSource.USER)]))
            self._tell(End(True, "", time.monotonic_ns()))
