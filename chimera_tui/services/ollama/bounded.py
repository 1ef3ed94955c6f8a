"""What is read of a plain answer: so many bytes, as UTF-8. Imports httpx; `connections` imports it when needed."""

from __future__ import annotations

from collections.abc import AsyncIterator

from chimera_tui.light_httpx import httpx

ANSWER_LIMIT_BYTES = 16 * 1024 * 1024
"""A thousand models take half a megabyte."""


async def keep_within_bounds(response: httpx.Response) -> None:
    """A hook of httpx. Raises DecodingError for a packed body; reading a longer one raises it too."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise httpx.DecodingError(f"it is packed ({encoding}), which nobody asked for", request=response.request)
    response.encoding = "utf-8"  # JSON is, whatever the head says; not every codec that it can name gives text
    assert isinstance(response.stream, httpx.AsyncByteStream)
    response.stream = _Bounded(response.stream, response.request)


class _Bounded(httpx.AsyncByteStream):
    def __init__(self, stream: httpx.AsyncByteStream, request: httpx.Request) -> None:
        self._stream = stream
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for part in self._stream:
            size += len(part)
            if size > ANSWER_LIMIT_BYTES:
                text = f"an answer of more than {ANSWER_LIMIT_BYTES >> 20} MiB"
                raise httpx.DecodingError(text, request=self._request)
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
