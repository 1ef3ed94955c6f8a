"""Two panes of Textual's own `MarkdownStream`: `python -m benchmarks.apps.markdown_stream FILE RATE [FIRST]`.

FILE is JSON with one list of chunks for each pane; each pane gets FIRST chunks at once, then RATE a second, from
the beginning again when they end. The first line says `Hello` then, and changes with the down key.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Markdown, Static


class Streams(App[None]):
    CSS = "VerticalScroll { width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [("down", "count", ""), ("q", "quit", "")]

    def __init__(self, texts: Sequence[Sequence[str]], rate: float, first: int = 0) -> None:
        super().__init__()
        self._first = first
        self._unfilled = len(texts)
        self._texts = texts
        self._rate = rate
        self._pressed = 0

    def compose(self) -> ComposeResult:
        yield Static("filling …")
        with Horizontal():
            for _ in self._texts:
                with VerticalScroll(can_focus=False):
                    yield Markdown()

    def on_ready(self) -> None:
        for pane, chunks in zip(self.query(VerticalScroll), self._texts, strict=True):
            pane.anchor()
            self._feed(pane.query_one(Markdown), chunks)

    @work
    async def _feed(self, pane: Markdown, chunks: Sequence[str]) -> None:
        stream, loop = Markdown.get_stream(pane), asyncio.get_running_loop()
        endless = itertools.cycle(chunks)
        if self._first:
            await pane.append("".join(itertools.islice(endless, self._first)))
        self._unfilled -= 1
        if not self._unfilled:
            self.query_one(Static).update("Hello, world! 0")
        due_s = loop.time()
        for chunk in endless:
            await stream.write(chunk)
            due_s += 1 / self._rate
            await asyncio.sleep(max(0.0, due_s - loop.time()))

    def action_count(self) -> None:
        self._pressed += 1
        self.query_one(Static).update(f"Hello, world! {self._pressed}")


def main() -> int:
    Streams(json.loads(Path(sys.argv[1]).read_text()), float(sys.argv[2]), *map(int, sys.argv[3:])).run()
    return 0


if __name__ == "__main__":
    main()
