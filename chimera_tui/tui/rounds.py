"""Widgets that redraw at the same time: made ready one by one, drawn all at once."""

from __future__ import annotations

from asyncio import AbstractEventLoop, get_running_loop
from collections import deque
from collections.abc import Callable
from weakref import WeakKeyDictionary

from textual.message_pump import MessagePump

from chimera_tui.tui.timing import soon


class _Round:
    """Each is made ready in a pass of the event loop of its own, so that a key waits for one of them at most. Then
    all are drawn in one pass, so that the screen is composed once."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._call_soon = loop.call_soon
        self._waiting: deque[tuple[MessagePump, Callable[[], object], Callable[[], object]]] = deque()
        self._ready: list[tuple[MessagePump, Callable[[], object]]] = []

    def join(self, pump: MessagePump, make_ready: Callable[[], object], draw: Callable[[], object]) -> None:
        if not self._waiting and not self._ready:
            self._call_soon(self._go_on)
        self._waiting.append((pump, make_ready, draw))

    def _go_on(self) -> None:
        if self._waiting:
            pump, make_ready, draw = self._waiting.popleft()
            soon(pump, make_ready)
            self._ready.append((pump, draw))
            self._call_soon(self._go_on)
        else:
            for pump, draw in self._ready:
                soon(pump, draw)
            self._ready.clear()


_rounds: WeakKeyDictionary[AbstractEventLoop, _Round] = WeakKeyDictionary()


def redraw(pump: MessagePump, make_ready: Callable[[], object], draw: Callable[[], object]) -> None:
    """Call both between two messages of the widget, `draw` together with that of others that ask now."""
    loop = get_running_loop()
    if (current := _rounds.get(loop)) is None:
        current = _rounds[loop] = _Round(loop)
    current.join(pump, make_ready, draw)
