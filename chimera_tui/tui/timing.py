"""One-shot timers that always come.

Textual's `set_timer` drops a timer that is due before its task first looks at the clock: one of a microsecond is,
and one of two milliseconds when the process loses its core just then. What waits for it stands still for ever.
"""

from __future__ import annotations

from asyncio import TimerHandle, get_running_loop
from collections.abc import Callable

from textual.events import Callback
from textual.message_pump import MessagePump


def once(pump: MessagePump, delay_s: float, callback: Callable[[], object]) -> TimerHandle:
    """Call back between two messages of the widget, after so long; not when the widget is gone by then."""

    def due() -> None:
        if pump.is_running:
            soon(pump, callback)

    return get_running_loop().call_later(max(0.0, delay_s), due)


def soon(pump: MessagePump, callback: Callable[[], object]) -> None:
    """Call back between two messages of the widget. Textual's `call_later` wraps the callback anew each time, and
    then inspects its signature each time, which costs more than the call of most."""
    pump.post_message(Callback(callback))  # type: ignore[arg-type]  # what it gives is not looked at
