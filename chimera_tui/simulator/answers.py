"""The two shapes of an answer, `/api/generate` and `/api/chat`, as chunks or as one document."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from chimera_tui.simulator import golang
from chimera_tui.simulator.http import NDJSON, Exchange
from chimera_tui.simulator.tokens import Piece

_KEPT_AT_ZERO = frozenset({"prompt_eval_cached_count"})
"""The real server's field is a pointer: Go leaves it out when nobody counted, and sends a count of 0."""


class Shape(Protocol):
    """How text stands in an answer."""

    def fields(self, text: str, thinking: str) -> str:
        """JSON members, without braces."""
        ...

    keeps_context: bool


class GenerateShape:
    keeps_context = True

    def fields(self, text: str, thinking: str) -> str:
        extra = f',"thinking":{golang.string(thinking)}' if thinking else ""
        return f'"response":{golang.string(text)}{extra}'


class ChatShape:
    keeps_context = False

    def fields(self, text: str, thinking: str) -> str:
        extra = f',"thinking":{golang.string(thinking)}' if thinking else ""
        return f'"message":{{"role":"assistant","content":{golang.string(text)}{extra}}}'


def document(model: str, shape: Shape, text: str, thinking: str, last: Mapping[str, object]) -> str:
    """A whole answer, or the last chunk: stamped now, with its closing members; most zeros are left out."""
    members = shape.fields(text, thinking) + ',"done":true'
    closing = golang.dumps({name: value for name, value in last.items() if value or name in _KEPT_AT_ZERO})[1:-1]
    comma = "," if closing else ""
    head = f'{{"model":{golang.string(model)},"created_at":"'
    return f'{head}{golang.timestamp(time.time_ns())}",{members}{comma}{closing}}}'


class Streamed:
    """NDJSON: one line, one HTTP chunk. The header leaves with the first."""

    def __init__(self, exchange: Exchange, model: str, shape: Shape) -> None:
        self._exchange = exchange
        self._model = model
        self._shape = shape
        self._head = f'{{"model":{golang.string(model)},"created_at":"'

    def line(self, piece: Piece) -> bytes:
        text, thinking = ("", piece.text) if piece.thinking else (piece.text, "")
        tail = f'",{self._shape.fields(text, thinking)},"done":false}}\n'
        return f"{self._head}{golang.timestamp(time.time_ns())}{tail}".encode("utf-8", "replace")

    async def send(self, data: bytes) -> None:
        if not self._exchange.started:
            self._exchange.start(200, NDJSON)
        await self._exchange.send(data)

    async def piece(self, piece: Piece) -> None:
        await self.send(self.line(piece))

    async def last(self, last: Mapping[str, object]) -> None:
        await self.send(document(self._model, self._shape, "", "", last).encode() + b"\n")
        await self._exchange.finish()

    async def end(self) -> None:
        """End properly, but without a `done` line."""
        if not self._exchange.started:
            self._exchange.start(200, NDJSON)
        await self._exchange.finish()


class Whole:
    """`stream: false`: everything in one document with its length."""

    def __init__(self, exchange: Exchange, model: str, shape: Shape) -> None:
        self._exchange = exchange
        self._model = model
        self._shape = shape
        self._text: list[str] = []
        self._thinking: list[str] = []

    def line(self, piece: Piece) -> bytes:
        return b""

    async def send(self, data: bytes) -> None:
        """Raw lines have no place in a single document."""

    async def piece(self, piece: Piece) -> None:
        (self._thinking if piece.thinking else self._text).append(piece.text)

    async def last(self, last: Mapping[str, object]) -> None:
        text, thinking = "".join(self._text), "".join(self._thinking)
        await self._exchange.reply(200, document(self._model, self._shape, text, thinking, last))

    async def end(self) -> None:
        await self.last({"done_reason": "stop"})
