"""A live pane that marks numbers that were checked: each where it stands, and at the edge the worst of a line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, NamedTuple

from rich.segment import Segment

from chimera_tui.domain.grounding import CheckedNumber
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.tui.checked_numbers import CheckedNumbers, Placed
from chimera_tui.tui.markdown.aligned import Aligned
from chimera_tui.tui.markdown.lines import Line
from chimera_tui.tui.markdown.live_text import Change
from chimera_tui.tui.markdown.pieces import Piece
from chimera_tui.tui.markdown.selection import marked
from chimera_tui.tui.output import regions
from chimera_tui.tui.widgets.live_pane import LivePane

_WORST_FIRST = (Verdict.CONTRADICTED, Verdict.MISATTRIBUTED, Verdict.UNSUPPORTED, Verdict.SUPPORTED)
_PIECES_KEPT = 128
"""More than are seen at a time."""


class Shown(NamedTuple):
    """A checked number on a line; no character of it where only the line is known."""

    start: int
    end: int
    placed: Placed


ByLine = dict[int, tuple[Shown, ...]]


class Located(NamedTuple):
    """The numbers of a piece by line."""

    known: int
    """Numbers of all texts when it was looked for."""
    own: int
    """Those of the piece."""
    by_line: ByLine


class MarkedPane(LivePane):
    """Numbers may be told at any time after their text: only lines that then look different are drawn again.

    Where a number stands is found when its line is on the screen, by the words around it; in a cell that a table
    wrapped it is looked for in the lines of its row, and marked at the edge only when it is not found there.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"live-pane--{verdict}" for verdict in _WORST_FIRST),
        *(f"live-pane--sign-{verdict}" for verdict in _WORST_FIRST),
        "live-pane--sign-on-thumb",
        "live-pane--finding",
    }

    def __init__(
        self, placeholder: str = "", *, fps: float = 10.0, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(placeholder, fps=fps, id=id, classes=classes)
        self._numbers = CheckedNumbers()
        self._chosen: Placed | None = None
        self._located: dict[Piece, Located] = {}
        self._drawn: dict[int, tuple[Shown, ...]] = {}
        """What the lines on the screen were drawn with."""

    # ---- what others use -----------------------------------------------------------------------------

    def begin_text(self, name: str) -> None:
        """What is fed from here on is a text of its own, by whose lines its numbers are told."""
        self._text.sources.begin(name)

    def mark_numbers(self, name: str, numbers: Iterable[CheckedNumber]) -> None:
        """Take checked numbers of the newest text of that name; of a text that is not here nothing is marked."""
        text = self._text.sources.number_of(name)
        if text is None:
            return
        before = len(self._numbers)
        self._numbers.add(text, numbers)
        if len(self._numbers) != before and self._text.is_laid_out:
            self._has_new_marks = True
            self._pace.ask()

    def reset(self) -> None:
        self._numbers, self._chosen = CheckedNumbers(), None
        self._forget_places()
        super().reset()

    # ---- where numbers stand -------------------------------------------------------------------------

    def shown_on(self, index: int) -> tuple[Shown, ...]:
        """The checked numbers on a line, in reading order."""
        if not len(self._numbers):
            return ()
        piece = self._text.piece_with(index)
        return self._places_in(piece).get(index, ()) if piece else ()

    def line_of(self, placed: Placed) -> int | None:
        """The line that a number begins on; None while it is not laid out."""
        offset = self._text.sources.offset_of(placed.spot)
        piece = self._text.piece_at(offset) if offset is not None else None
        if offset is None or piece is None or not self.line_count:
            return None
        behind = self._text.piece_with(piece.end)  # where a piece ended within a line, that line is drawn with it
        for each in (piece, behind) if behind else (piece,):
            for line, shown in self._places_in(each).items():
                if any(other.placed.spot == placed.spot for other in shown):
                    return line
        return min(piece.first, self.line_count - 1)

    def _places_in(self, piece: Piece) -> ByLine:
        """The numbers of a piece by line; looked for once, and again when more of them are known."""
        known = len(self._numbers)
        before = self._located.get(piece)
        if before is not None and before.known == known:
            return before.by_line
        sources = self._text.sources
        first, end = sources.spot_of(max(0, piece.start - piece.lead)), sources.spot_of(piece.stop)
        if first is None or end is None:
            return {}
        places = self._numbers.between(first, end)
        if before is not None and before.own == len(places):
            by_line = before.by_line
        else:
            by_line = self._locate(piece, self._numbers.at(places)) if places else {}
        if len(self._located) >= _PIECES_KEPT:
            self._located.clear()
        self._located[piece] = Located(known, len(places), by_line)
        return by_line

    def _locate(self, piece: Piece, numbers: Sequence[Placed]) -> ByLine:
        source, lead = self._text.source_of(piece), piece.start - piece.lead
        lines = [self._text.line(index).text for index in range(piece.first, piece.end)]
        aligned = Aligned(source, lines)
        behind = self._text.piece_with(piece.end)
        ours = piece.stop - (behind.lead if behind is not None and piece.stop == behind.start else 0)
        found: dict[int, list[Shown]] = {}
        for placed in numbers:
            offset = self._text.sources.offset_of(placed.spot)
            if offset is None:
                continue
            start = offset - lead
            for line, first, end in aligned.find(start, start + len(placed.number.text)):
                if first < end or piece.start <= offset < ours:
                    found.setdefault(piece.first + line, []).append(Shown(first, end, placed))
        return {line: tuple(shown) for line, shown in found.items()}

    def _forget_places(self) -> None:
        self._located.clear()
        self._drawn.clear()

    # ---- rows ----------------------------------------------------------------------------------------

    def _line(self, index: int) -> Line:
        line = super()._line(index)
        shown = self.shown_on(index)
        if shown:
            self._drawn[index] = shown
        else:
            self._drawn.pop(index, None)
        chosen = self._chosen.spot if self._chosen is not None else None
        for start, end, placed in shown:
            verdict = placed.number.verdict
            if start < end and (verdict is not Verdict.SUPPORTED or placed.spot == chosen):
                look = f"{verdict.value} finding" if placed.spot == chosen else verdict.value
                line = marked(line, start, end, look)
        return line

    def _edge(self, y: int) -> Segment:
        """The worst verdict of the line; on the thumb where that stands in the same row."""
        numbers = {shown.placed.number.verdict for shown in self._drawn.get(self._viewport.top + y, ())}
        worst = next((verdict for verdict in _WORST_FIRST if verdict in numbers), None)
        if worst is None or y >= self._viewport.height:
            return super()._edge(y)
        on_thumb = " sign_on_thumb" if y == self._viewport.thumb else ""
        return Segment(worst.sign, self._style(f"sign_{worst.value}{on_thumb}"))

    def _paint(self) -> Change:
        change = super()._paint()
        if change.whole:
            self._forget_places()
        return change

    def _paint_marks(self) -> None:
        if not self._has_new_marks:
            return
        self._has_new_marks = False
        view = self._viewport
        rows = range(min(view.height, max(0, self.line_count - view.top)))
        changed = [y for y in rows if self.shown_on(view.top + y) != self._drawn.get(view.top + y, ())]
        self._drawn = {line: shown for line, shown in self._drawn.items() if line - view.top in rows}
        self._refresh_rows(changed)

    def _refresh_rows(self, rows: Iterable[int]) -> None:
        if rows := sorted(set(rows)):
            self.refresh(*regions(rows, self.size.width))
