"""HTTP/1.1 over asyncio streams with every header and chunk under control."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import h11

from chimera_tui.simulator import golang

JSON = "application/json; charset=utf-8"
BARE_JSON = "application/json"
NDJSON = "application/x-ndjson"
PLAIN = "text/plain"
_READ_BYTES = 65_536

Header = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    """Without the query."""
    body: bytes


class ClientGone(Exception):
    """Nobody reads the answer any more."""


class Exchange:
    """The answer to one request."""

    def __init__(self, connection: h11.Connection, writer: asyncio.StreamWriter) -> None:
        self._connection = connection
        self._writer = writer
        self.started = False
        self.wrote_ns = (0, 0)
        """Monotonic clock just before and just after the last bytes were given to the kernel."""

    async def reply(self, status: int, body: str, content_type: str = JSON) -> None:
        """A whole answer with its length."""
        payload = body.encode("utf-8", "replace")
        self._head(status, content_type, ("Content-Length", str(len(payload))))
        self._write(h11.Data(payload))
        await self.finish()

    async def reply_error(self, status: int, message: str) -> None:
        await self.reply(status, golang.dumps({"error": message}))

    def start(self, status: int = 200, content_type: str = NDJSON) -> None:
        """Begin a chunked answer. The header leaves together with the first chunk."""
        self._head(status, content_type, ("Transfer-Encoding", "chunked"))

    async def send(self, data: bytes) -> None:
        """One HTTP chunk, on the wire at once. Raises ClientGone."""
        self._write(h11.Data(data))
        await self._drain()

    async def finish(self) -> None:
        """End the answer properly."""
        self._write(h11.EndOfMessage())
        await self._drain()

    def cut(self) -> None:
        """End the connection in the middle of the answer."""
        self._writer.close()

    def _head(self, status: int, content_type: str, length: Header) -> None:
        headers: list[Header] = [("Content-Type", content_type), ("X-Chimera-Simulator", "1")]
        headers += [("Date", golang.http_date()), length]
        reason = _REASONS.get(status, "")
        self._write(h11.Response(status_code=status, headers=headers, reason=reason))
        self.started = True

    def _write(self, event: h11.Event) -> None:
        data = self._connection.send(event)
        if self._writer.is_closing():
            raise ClientGone
        if data:
            before_ns = time.monotonic_ns()
            self._writer.write(data)
            self.wrote_ns = (before_ns, time.monotonic_ns())

    async def _drain(self) -> None:
        try:
            await self._writer.drain()
        except ConnectionError as error:
            raise ClientGone from error


_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

Handler = Callable[[Request, Exchange], Awaitable[None]]


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
    """Answer the requests of one connection until it ends. A client that leaves stops its request."""
    connection = h11.Connection(h11.SERVER)
    try:
        while (request := await _read_request(connection, reader, writer)) is not None:
            exchange = Exchange(connection, writer)
            await _while_connected(handler(request, exchange), connection, reader)
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                break
            connection.start_next_cycle()
    except (ConnectionError, ClientGone):
        return
    finally:
        writer.close()


async def _read_request(
    connection: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Request | None:
    """The next request; None when the client has ended the connection or speaks no HTTP."""
    head: h11.Request | None = None
    body = bytearray()
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            writer.write(_BAD_REQUEST)
            return None
        match event:
            case h11.NEED_DATA:
                if connection.they_are_waiting_for_100_continue:
                    writer.write(connection.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
                connection.receive_data(await reader.read(_READ_BYTES))
            case h11.Request():
                head = event
            case h11.Data():
                body += event.data
            case h11.EndOfMessage() if head is not None:
                path = head.target.decode("ascii", "replace").partition("?")[0]
                return Request(head.method.decode("ascii"), path, bytes(body))
            case _:
                return None


_BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"
    b"400 Bad Request"
)


async def _while_connected(
    answer: Awaitable[None], connection: h11.Connection, reader: asyncio.StreamReader
) -> None:
    """Await the answer, and cancel it when the client ends its side of the connection."""
    answering = asyncio.ensure_future(answer)
    listening = asyncio.ensure_future(_until_hung_up(connection, reader))
    try:
        await asyncio.wait({answering, listening}, return_when=asyncio.FIRST_COMPLETED)
        hung_up = listening.done() and not answering.done()
    finally:
        answering.cancel()
        listening.cancel()
        results = await asyncio.gather(answering, listening, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
    if hung_up:
        raise ClientGone


async def _until_hung_up(connection: h11.Connection, reader: asyncio.StreamReader) -> None:
    """Keep what a client sends early for its next request, until it ends the connection."""
    while data := await reader.read(_READ_BYTES):
        connection.receive_data(data)
