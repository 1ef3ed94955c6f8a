"""When a pane draws the text that is streamed to it."""

from __future__ import annotations

from asyncio import TimerHandle
from collections.abc import Callable
from time import monotonic

from textual.message_pump import MessagePump

from chimera_tui.tui.rounds import redraw
from chimera_tui.tui.timing import once

BETWEEN_SLICES_S = 0.002
_PAUSES = ((16, 4), (2, 3), (0.5, 2))
"""(lines, factor): pauses grow by this factor while each redraw brings more lines than that. Half a line is faster
than anyone reads; of 16 nobody can read even the first."""


class Pace:
    """Calls `make_ready` and `draw` between two messages of the widget: only when asked to, at most `fps`
    times a second.

    Pauses are those of the clock, not of the pane: so panes that get their text together draw it together, and the
    screen is composed once for all of them.
    """

    def __init__(
        self, pump: MessagePump, make_ready: Callable[[], object], draw: Callable[[], object], *, fps: float
    ) -> None:
        self.pause_s = 1 / fps
        self._pump = pump
        self._make_ready = make_ready
        self._draw = draw
        self._pause_s = self.pause_s
        self._drawn_at = 0.0
        self._is_called = False
        """It comes, whatever else is asked for until then."""
        self._timer: TimerHandle | None = None
        """For text after which none comes."""

    def ask(self) -> None:
        """Something waits to be drawn: now, if nothing was in this pause; else with what comes after it, or when
        nothing has come for a pause more."""
        if self._is_called:
            return
        now = monotonic()
        if self._is_over(now):
            self._join()
        elif self._timer is None:
            self._timer = once(self._pump, self._pause_s - now % self._pause_s + self.pause_s, self._join)

    def hurry(self) -> None:
        """Nothing more will come: draw it now."""
        self._drawn_at = 0.0
        self.ask()

    def call_again(self) -> None:
        """Call soon, whatever the pace: there is more to be made ready for drawing."""
        if not self._is_called:
            self._expect()
            once(self._pump, BETWEEN_SLICES_S, self._go_on)

    def begin(self, *, chars: int, width: int, is_whole: bool) -> bool:
        """Whether it is time to draw. `chars`: what has come since; `is_whole`: all of it is ready for drawing.
        What is not is drawn as far as it goes when it takes longer than two pauses."""
        now = monotonic()
        if not self._is_over(now) or not (is_whole or now - self._drawn_at > 2 * self._pause_s):
            return False
        self._drawn_at = now
        self._pause_s = self.pause_s * next((factor for lines, factor in _PAUSES if chars > lines * width), 1)
        return True

    def _is_over(self, now: float) -> bool:
        return now // self._pause_s > self._drawn_at // self._pause_s

    def _expect(self) -> None:
        """The next call is sure to come."""
        self._is_called = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go_on(self) -> None:
        """More is made ready; with the others only when it is time to draw: a round costs more than a slice."""
        if self._is_over(monotonic()):
            self._join()
        else:
            self._begin_ready()
            self._draw()

    def _join(self) -> None:
        self._expect()
        redraw(self._pump, self._begin_ready, self._draw)

    def _begin_ready(self) -> None:
        self._is_called = False  # what comes from here on is not in it
        self._make_ready()
