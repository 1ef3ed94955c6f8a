"""The head of a campaign's screen: state, progress, time left, the best cell, what it waits for."""

from __future__ import annotations

from chimera_tui.domain.campaign_outline import CampaignOutline, CampaignState
from chimera_tui.domain.names import printable
from chimera_tui.tui import formatting
from chimera_tui.tui.campaign_picture import CampaignPicture
from chimera_tui.tui.campaign_words import (
    BEST,
    RIVAL,
    STATE_SIGNS,
    Measure,
    alerts_text,
    left_text,
    runs_failed_text,
)
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, cropped, line_width

_LEAST_BAR, _WIDEST_BAR = 8, 60
_WHY = {
    CampaignState.WAITING: "waits: ",
    CampaignState.STOPPED: "stopped: ",
    CampaignState.INTERRUPTED: "interrupted: ",
}
"""Before the reason."""


def progress_bar(done: int, wanted: int, width: int) -> tuple[str, str]:
    """(what is done, what is left) as strokes of two weights; full only when nothing is left."""
    filled = width * done // wanted if wanted else 0
    filled = max(0, min(width, filled))
    return "━" * filled, "─" * (width - filled)


def progress_line(outline: CampaignOutline, width: int) -> Line:
    sign, style = STATE_SIGNS[outline.state]
    head: list[Span] = [
        (f" {sign} {outline.state.value}", style),
        (f"   {formatting.count(outline.done)} of {formatting.count(outline.wanted)} runs  ", "strong"),
    ]
    share = outline.done / outline.wanted if outline.wanted else None
    tail: list[Span] = [(f"  {formatting.percent(share)}", "value")]
    if left := left_text(outline.eta_s):
        tail.append((f"   {left}", "strong"))
    room = min(_WIDEST_BAR, width - 1 - line_width((*head, *tail)))
    if room < _LEAST_BAR:
        return cropped((*head, *tail), width)
    done, rest = progress_bar(outline.done, outline.wanted, room)
    return (*head, (done, "accent"), (rest, "dim"), *tail)


def best_line(picture: CampaignPicture | None, measure: Measure, width: int) -> Line:
    """The best cell by the figure that was chosen, with its interval, and how many can not be told from it."""
    if picture is None:
        return ()
    column = picture.column(measure)
    figure = picture.figure(column.best, measure)
    if figure is None:
        return ((f" {BEST} no cell is known to be the best in {measure.words} yet", "dim"),)
    interval = column.scale.interval(figure)
    number = f" {column.scale.text(figure.mean)} {column.scale.unit}"
    rivals = len(column.rivals)
    many = f"   {RIVAL} {formatting.count(rivals)}"
    label, brief = printable(picture.label(column.best)), printable(picture.brief(column.best))
    spans: list[Span] = [
        (f" {BEST} ", "good"),
        (f"{measure.words}", "label"),
        (number, "strong"),
        (f" {interval}" if interval else "", "dim"),
    ]
    for name, told in ((label, f"{many} can not be told from it"), (label, many), (brief, many)):
        line = (*spans, (f"   {name}", "good"), (told if rivals else "", "accent"))
        if line_width(line) <= width:
            break
    return cropped(line, width)


def facts_line(outline: CampaignOutline, width: int) -> Line:
    """Failures and alerts, why it does not go on, what it has taken."""
    spans: list[Span] = []
    for text in (runs_failed_text(outline.failed), alerts_text(outline.alerts)):
        if text:
            spans.append((f"{text}   ", "bad"))
    if outline.why:
        spans.append((f"{_WHY.get(outline.state, '')}{printable(outline.why)}   ", STATE_SIGNS[outline.state][1]))
    cells = f"{formatting.count(outline.cells)} {'cell' if outline.cells == 1 else 'cells'}"
    spent = f"spent {formatting.duration(round(outline.spent_s) * 1e9)}"
    return cropped(((" ", ""), *spans, (f"{cells} · {spent}", "dim")), width)


class CampaignHeader(LinesWidget):
    """Give it what is known with `tell`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._told: tuple[CampaignOutline, CampaignPicture | None, Measure] | None = None

    def tell(self, outline: CampaignOutline, picture: CampaignPicture | None, measure: Measure) -> None:
        """`outline` may be newer than the picture."""
        self._told = (outline, picture, measure)
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        width = self.size.width
        if self._told is None:
            self.show([(("  reading …", "dim"),)])
            return
        outline, picture, measure = self._told
        self.show([progress_line(outline, width), best_line(picture, measure, width), facts_line(outline, width)])
