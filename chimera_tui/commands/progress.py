"""How a run goes on, in one line of a terminal that is drawn over and over."""

from __future__ import annotations

import os
import time
from types import TracebackType
from typing import Self, TextIO

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.events import Event, MetricsUpdated, Notice
from chimera_tui.domain.metrics import AgentState, LiveMetrics
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunStarted
from chimera_tui.domain.series import SeriesWaits
from chimera_tui.tui import formatting

LEAST_S = 0.25
"""Between two drawings."""
ERASE = "\r\x1b[K"
UNKNOWN_WIDTH = 80
"""Where a terminal says that it has no columns."""


class Progress:
    """Draws on `stream` when that is a terminal, and otherwise nothing."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._active = stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self._drawn_s = 0.0
        self._run_id = ""
        self.place = ""
        """Of the campaign that the run belongs to, told by whoever follows it; empty for none."""
        self._place = ""
        self._metrics: dict[AgentId, LiveMetrics] = {}
        self._fault: ErrorInfo | None = None

    def __enter__(self) -> Self:
        self._draw("reading the directory …")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write(ERASE)

    def tell(self, event: Event) -> None:
        """Take an event; draws at most four times a second."""
        match event:
            case RunStarted():
                self._run_id, self._place = event.run_id, _place(event)
                self._metrics = {agent: LiveMetrics(AgentState.IDLE) for agent in event.agents}
            case MetricsUpdated(run_id=run_id, agent=agent, metrics=metrics) if run_id == self._run_id:
                self._metrics[agent] = metrics
            case SeriesWaits():
                self._wait(event)
                return
            case Notice(level=level, text=text) if level != "info":
                self._keep(text)
            case _:
                return
        now_s = time.monotonic()
        if now_s - self._drawn_s >= LEAST_S:
            self._drawn_s = now_s
            agents = " │ ".join(_agent(agent, self._metrics[agent]) for agent in sorted(self._metrics))
            self._draw(f"{self.place}{self._place}{agents}")

    def _wait(self, event: SeriesWaits) -> None:
        """A line that stays, also in a log: nobody looks at a series that goes on for a night."""
        again = event.failures > 1 and event.error == self._fault
        self._fault = event.error
        where = self._place.removesuffix(": ") or "a run"
        row = f"{event.failures} of at most {event.most} in a row"
        text = f"{where} failed {'again ' if again else ''}({row}), next try in {event.pause_s:g} s"
        self._keep(text if again else f"{text}: {event.error.sentence()}")
        self._draw(f"{self._place}next try in {event.pause_s:g} s, Ctrl-C stops")

    def _keep(self, text: str) -> None:
        """A line that stays, also where no progress is drawn."""
        self._write(ERASE)
        self._stream.write(f"{printable(text)}\n")
        self._stream.flush()

    def _draw(self, text: str) -> None:
        if self._active:
            width = os.get_terminal_size(self._stream.fileno()).columns or UNKNOWN_WIDTH
            self._write(ERASE + formatting.crop(text, max(1, width - 1)))

    def _write(self, text: str) -> None:
        if self._active:
            self._stream.write(text)
            self._stream.flush()


def _place(event: RunStarted) -> str:
    """Where a run stands in its series: `run 3 of 5: `; empty for a run by itself."""
    if event.series is None:
        return ""
    what = {"warmup": "warm-up", "measured": "run", "solo": "alone"}[event.series.role]
    return f"{what} {event.series.index} of {event.series.of}: "


def _agent(agent: AgentId, metrics: LiveMetrics) -> str:
    step = f" {metrics.step}" if metrics.step and metrics.state.is_active else ""
    parts = [f"{agent.label} {metrics.state.value}{step}", formatting.duration(metrics.elapsed_ns)]
    if metrics.tokens:
        parts.append(f"{formatting.count(metrics.tokens)} tokens")
    if metrics.rate_now is not None:
        parts.append(formatting.rate(metrics.rate_now))
    return ", ".join(parts)
