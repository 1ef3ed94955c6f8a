"""One HTTP/1.1 exchange as bytes: the request, and the answer with the time of every read."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import chain

import h11

from chimera_tui.services.ollama.chunks import PlainChunks
from chimera_tui.services.ollama.pieces import Body, ChannelError, End, Piece, Read, Status, Target


class HttpExchange:
    """h11 parses, but for plain chunks."""

    def __init__(self) -> None:
        self._http = h11.Connection(h11.CLIENT)
        self._chunks: PlainChunks | None = None
        self._answered = False

    def request(self, target: Target) -> bytes:
        body = target.body.encode("utf-8", "replace")
        headers = {**target.headers, "content-length": str(len(body))}
        request = h11.Request(method="POST", target=target.path, headers=list(headers.items()))
        wire = [
            self._http.send(request),
            self._http.send(h11.Data(data=body)),
            self._http.send(h11.EndOfMessage()),
        ]
        return b"".join(part for part in wire if part)

    def parse(self, received: Iterable[Read]) -> Iterator[Piece]:
        """What came since the last call; the last read of all has no bytes. Raises ChannelError."""
        reads = iter(received)
        for read in reads:
            plain: Read | None = read
            if self._chunks is None:
                plain = yield from self._parse(read)
            if self._chunks is None or plain is None:
                continue
            contents, other = self._chunks.feed(chain([plain], reads))
            if contents:
                yield Body(contents)
            if other is not None:
                self._http, self._chunks = self._chunks.parser(), None
                yield from self._parse(other)

    def _parse(self, read: Read) -> Generator[Piece, None, Read | None]:
        """With h11. Gives back what follows the head when that is chunks."""
        data, at_ns, source = read
        try:
            self._http.receive_data(data)
            while (event := self._http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                match event:
                    case h11.Data():
                        yield Body([(bytes(event.data), at_ns, source)])
                    case h11.Response():
                        self._answered = True
                        yield Status(event.status_code, _headers(event), at_ns, source)
                        if _is_chunked(event):
                            self._chunks = PlainChunks()
                            left = self._http.trailing_data[0]
                            return (left, at_ns, source) if left else None
                    case h11.EndOfMessage():
                        yield End(True, "", at_ns)
                        return None
        except h11.RemoteProtocolError as error:
            if data:
                raise ChannelError("protocol", f"not HTTP: {error}") from error
            where = "in the middle of the answer" if self._answered else "without an answer"
            yield End(False, f"the server closed the connection {where}", at_ns)
        return None


def _is_chunked(response: h11.Response) -> bool:
    """h11 knows no other transfer encoding, and writes it in small letters."""
    return response.status_code not in (204, 304) and (b"transfer-encoding", b"chunked") in response.headers


def _headers(response: h11.Response) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in response.headers}
