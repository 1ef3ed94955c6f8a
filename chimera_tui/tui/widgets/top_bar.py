"""The first line: what is watched, which server, what runs."""

from __future__ import annotations

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.names import printable
from chimera_tui.tui import formatting
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.run_words import RUN_SIGNS, series_words
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, line_width

SERIES_SIGNS = {"incomplete": ("✗", "bad"), "cancelled": ("■", "warn")}
_CAMPAIGN = {
    "running": ("", "", "strong"),
    "waiting": ("◌ ", " waits", "warn"),
    "paused": ("‖ ", " paused", "warn"),
}
"""(sign, word, style) of a campaign that goes on."""


def _run(view: Projection) -> list[Span]:
    """State, place in the series, time left: the last goes first when room gets scarce."""
    if view.run_state is None:
        return [("○ no run yet", "dim")] if view.caught_up else []
    if (series := _series(view)) is not None:
        return [series]
    sign, word, style = RUN_SIGNS[view.run_state]
    order = " in sequence" if view.run_mode == "sequence" and len(view.run_agents) > 1 else ""
    spans: list[Span] = [(f"{sign} run {view.run_id} {word}{order}", style)]
    if view.progress.place is not None:
        spans.append((f" · {series_words(view.progress.place)}", style))
    if (left := view.series_left_ns) is not None:
        spans.append((f" · ≈ {_whole_seconds(left)} left", "dim"))
    return spans


def _series(view: Projection) -> Span | None:
    """What a series does that does not run; None while it does, and once it is done."""
    progress = view.progress
    if progress.waits is not None and progress.place is not None:
        return f"◌ {series_words(progress.place)} waits to try again", "warn"
    if (ended := progress.ended) is not None and ended.state != "done":
        sign, style = SERIES_SIGNS[ended.state]
        return f"{sign} series {ended.state} · {ended.measured} of {ended.wanted}", style
    return None


def _campaign(view: Projection) -> list[Span]:
    """How far the campaign is that goes on, and how long it still takes."""
    outline = view.campaign
    if outline is None or not outline.state.is_active:
        return []
    sign, word, style = _CAMPAIGN[outline.state.value]
    spans: list[Span] = [(f" · {sign}campaign {outline.done}/{outline.wanted}{word}", style)]
    if outline.alerts:
        spans.append((f" ▼ {outline.alerts}", "bad"))
    if outline.eta_s is not None:
        spans.append((f" · ≈ {_whole_seconds(outline.eta_s * 1e9)} left", "dim"))
    return spans


def _whole_seconds(ns: float) -> str:
    seconds = max(1, round(ns / 1e9))
    return f"{seconds} s" if seconds < 60 else formatting.duration(seconds * 1_000_000_000)


def _servers(view: Projection) -> list[Span]:
    spans: list[Span] = []
    hosts = dict.fromkeys(agent.settings.host for agent in view.agents.values() if agent.settings)
    for host in hosts:
        short = printable(host.removeprefix("http://"))
        server = view.servers.get(host)
        if spans:
            spans.append(("  ", ""))
        if server is None:
            spans.append((f"{short} …", "dim"))
        elif isinstance(server, ErrorInfo):
            spans.append((f"✗ {short} does not answer", "bad"))
        else:
            version = printable(server.version.split("-")[0]) or "version not reported"
            spans.append((f"{short} · ollama {version}", "dim"))
    return spans


def bar_line(view: Projection, width: int) -> Line:
    """Name and roots left; run in the middle; servers right, as far as there is room."""
    roots = ", ".join(map(printable, view.labels))
    left: list[Span] = [(" chimera ", "title"), (f" {roots}" if roots else " starting …", "strong")]
    if view.simulated:
        left += [("  ", ""), (" SIMULATED ", "badge")]
    run, servers = [*_run(view), *_campaign(view)], _servers(view)
    for middle, right in ((run, servers), (run, []), (run[:2], []), (run[:1], []), ([], [])):
        used = line_width(tuple(left)) + line_width(tuple(middle)) + line_width(tuple(right))
        if used + 5 <= width:
            break
    gap = width - 1 - line_width(tuple(left)) - line_width(tuple(middle)) - line_width(tuple(right)) - 3
    return (*left, ("   ", ""), *middle, (" " * max(1, gap), ""), *right, (" ", ""))


class TopBar(LinesWidget):
    """Give it the projection with `update`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view = Projection()

    def update(self, view: Projection) -> None:
        self._view = view
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        self.show([bar_line(self._view, self.size.width)])
