"""The lines below a campaign: the run that goes on, the next cells, what is to be said of cells in sentences."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby, islice

from chimera_tui.domain.campaign_outline import CampaignOutline
from chimera_tui.domain.metrics import LiveMetrics
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId
from chimera_tui.tui import formatting
from chimera_tui.tui.campaign_picture import CampaignPicture
from chimera_tui.tui.campaign_words import CELL_SIGNS, WORSE
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.widgets.agent_state import SIGNS, state_words
from chimera_tui.tui.widgets.lines import Line, LinesWidget, Span, cropped, line_width, roomiest
from chimera_tui.tui.widgets.request_words import rate_words, ttft_words

_NAME = 6
"""Cells of what stands before the first lines."""
_LEAST_LABEL = 16
_SHOWN_NEXT = 12
_LABELS_FROM = 100


def now_line(outline: CampaignOutline, picture: CampaignPicture | None, live: Projection, width: int) -> Line:
    """The run that goes on: whose cell it is, what each agent does, how fast, how soon: what there is room for."""
    head: list[Span] = [(" now  ", "label")]
    if not outline.run_id:
        return (*head, ("nothing runs", "dim"))
    told = live.run_agents if live.run_id == outline.run_id else ()
    for detail in (2, 1, 0):
        run: list[Span] = [(f"{outline.run_id}  ", "strong")] if detail == 2 else []
        agents = [span for agent in told for span in _agent(agent, live.agents[agent].metrics, detail)]
        room = width - line_width((*head, *run, *agents))
        if room >= _LEAST_LABEL:
            break
    return (*head, *run, (_named(picture, outline.cell, room), "value"), *agents)


def _named(picture: CampaignPicture | None, cell_id: str, room: int) -> str:
    if picture is None:
        return formatting.crop(cell_id, room)
    label, brief = printable(picture.label(cell_id)), printable(picture.brief(cell_id))
    return formatting.crop(roomiest(room, label, brief), room)


def _agent(agent: AgentId, metrics: LiveMetrics, detail: int) -> list[Span]:
    """With detail 2 state, rate and TTFT; with 1 a rate takes the place of the state; with 0 there is no TTFT."""
    sign, style = SIGNS[metrics.state]
    (_, rate), (_, ttft) = rate_words(metrics), ttft_words(metrics)
    is_rated = rate != formatting.MISSING
    state = sign if is_rated and detail < 2 else f"{sign} {state_words(metrics)}"
    spans: list[Span] = [(f"   {agent.label} ", "title"), (state, style)]
    if is_rated:
        spans.append((f" {rate}", "value"))
    if detail and ttft != formatting.MISSING:
        spans += [(" TTFT ", "label"), (ttft, "value")]
    return spans


def next_line(picture: CampaignPicture | None, width: int) -> Line:
    """The cells of the next runs; a cell that comes several times in a row is told once, with how often."""
    head: Span = (" next ", "label")
    if picture is None:
        return (head,)
    upcoming = picture.view.upcoming[:_SHOWN_NEXT]
    if not upcoming:
        return (head, ("nothing", "dim"))
    told = [(cell_id, len(list(places))) for cell_id, places in groupby(upcoming)]
    name = picture.label if width >= _LABELS_FROM else picture.brief
    words = (f"{f'{times}× ' if times > 1 else ''}{printable(name(cell_id))}" for cell_id, times in told)
    return (head, (formatting.crop("  →  ".join(words), width - _NAME), "value"))


def notes(picture: CampaignPicture, place: int, *, named: bool = True) -> Iterator[Line]:
    """Of the cell under the cursor first, then of all others: alerts before failures."""
    cell = picture.cells[place]
    yield from _of_cell(picture, place, named)
    for alert in picture.view.alerts:
        if alert.cell_id != cell.cell_id:
            label = printable(picture.label(alert.cell_id))
            yield ((f" {WORSE} ", "bad"), (f"{label}: {printable(alert.words)}", "bad"))
    for progress in picture.view.progress:
        if progress.error is not None and progress.cell_id != cell.cell_id:
            label = printable(picture.label(progress.cell_id))
            yield ((" ✗ ", "bad"), (f"{label}: {printable(progress.error.sentence())}", "bad"))
    for note in picture.view.plan.notes:
        yield ((" · ", "dim"), (printable(note), "dim"))


def _of_cell(picture: CampaignPicture, place: int, named: bool) -> Iterator[Line]:
    """The first line begins with the cell's state, and its name where there is room for it."""
    cell = picture.cells[place]
    progress = picture.progress(cell.cell_id)
    sign, style = CELL_SIGNS[progress.state if progress is not None else "waiting"]
    told: list[Span] = [(f"{WORSE} {printable(alert.words)}", "bad") for alert in picture.alerts(cell.cell_id)]
    if progress is not None:
        if progress.error is not None:
            when = progress.state if progress.state in ("given up", "left out") else "the last run failed"
            told.append((f"{when}: {printable(progress.error.sentence())}", "bad"))
        if progress.why or not told:
            why = f": {printable(progress.why)}" if progress.why else ""
            told.append((f"{progress.state}{why}", "dim"))
    for merged in cell.merged:
        because = f": {'; '.join(merged.why)}" if merged.why else ""
        told.append((printable(f"stands for {merged.label} as well{because}"), "dim"))
    head: Line = ((f" {sign} ", style),)
    if named or not told or told[0][1] == "dim":
        head = (*head, (f"{printable(cell.label)}   ", "strong"))
    yield (*head, *told[:1])
    for span in told[1:]:
        yield (("   ", ""), span)


def broken(line: Line, width: int) -> list[Line]:
    """The line over as many as its last words need."""
    if line_width(line) <= width or len(line) < 2:
        return [line]
    *head, (words, style) = line
    pieces = textwrap.wrap(words, width, initial_indent=" " * line_width(tuple(head)), subsequent_indent="   ")
    first = pieces[0].lstrip() if pieces else ""
    return [(*head, (first, style)), *(((piece, style),) for piece in pieces[1:])]


class CampaignNotes(LinesWidget):
    """Give it what is known with `tell`; `say` puts a word in the place of its first sentence until `hush`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._told: tuple[CampaignOutline, CampaignPicture | None, Projection, int] | None = None
        self._word: Span | None = None

    def tell(
        self, outline: CampaignOutline, picture: CampaignPicture | None, live: Projection, place: int
    ) -> None:
        """`place` is that of the cell under the cursor."""
        self._told = (outline, picture, live, place)
        self._paint()

    def say(self, style: str, text: str) -> None:
        self._word = (printable(text), style)
        self._paint()

    def hush(self) -> None:
        self._word = None

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        width, height = self.size
        lines: list[Line] = [(), ()]
        if self._told is not None:
            outline, picture, live, place = self._told
            lines = [now_line(outline, picture, live, width), next_line(picture, width)]
            if picture is not None and len(picture.cells) > place:
                room = height - len(lines)
                told = notes(picture, place, named=room > 1)
                if room > 1:
                    told = (part for line in told for part in broken(line, width))
                lines += _first(told, room)
        if self._word is not None:
            text, style = self._word
            lines[2:3] = broken(((" ", ""), (text, style)), width)
        self.show([cropped(line, width) for line in lines[: max(3, height)]])


def _first(lines: Iterator[Line], most: int) -> list[Line]:
    """So many lines; the last one says so when there are more."""
    shown = list(islice(lines, max(1, most)))
    more = sum(1 for _ in lines)
    if more and len(shown) > 1:
        shown[-1] = ((f" … {formatting.count(more + 1)} more", "dim"),)
    return shown
