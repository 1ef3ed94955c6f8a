"""The screen as it was sent, and Textual's updates drawn as what differs from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate

from chimera_tui.tui.changed_output.encoder import Encoder
from chimera_tui.tui.changed_output.rows import (
    UNKNOWN,
    Cells,
    Piece,
    after_odd,
    cells_of,
    changed_spans,
    filled,
)
from chimera_tui.tui.changed_output.styles import Styles


class ChangedOutput:
    """Wraps updates; what they draw is told apart only when Textual really writes them."""

    def __init__(self, *, erases: bool) -> None:
        self._erases = erases
        self._styles = Styles()
        self._rows: list[Cells] | None = None
        """What the terminal shows; None until a whole screen was sent."""

    def forget(self) -> None:
        """What the terminal shows is not known any more: it was resized, or somebody else wrote."""
        self._rows = None

    def of(self, renderable: RenderableType | None) -> RenderableType | None:
        """What to display instead; only the compositor's two kinds of updates are changed."""
        kind: type[object] = type(renderable)
        if kind is ChopsUpdate or kind is LayoutUpdate:
            return _Changed(self, renderable)  # type: ignore[arg-type]
        if renderable is not None:
            self.forget()
        return renderable

    def draw(self, update: ChopsUpdate | LayoutUpdate, console: Console) -> str:
        """The sequence that brings the terminal from what it shows to what the update wants."""
        if self._styles.full:
            self._styles = Styles()
            self.forget()
        color_system = console._color_system or ColorSystem.TRUECOLOR  # as Strip.render has it
        if isinstance(update, LayoutUpdate):
            return self._draw_all(update, console, color_system)
        if self._rows is None or not _fits(update, self._rows):
            self.forget()
            return update.render_segments(console)
        return self._draw_parts(self._rows, update, console, color_system)

    def _draw_all(self, update: LayoutUpdate, console: Console, color_system: ColorSystem) -> str:
        """The whole screen, whatever the terminal shows: what is drawn anew may be meant to repair it."""
        region = update.region
        if region.x or region.y or region.height != len(update.strips):
            self.forget()
            return update.render_segments(console)
        self._rows = [filled(UNKNOWN, region.width)] * region.height
        encoder = Encoder(self._styles, region.width, erases=self._erases)
        for y, strips in enumerate(update.strips):
            x = 0
            pieces = []
            for strip in strips:
                pieces.append(Piece(x, strip))
                x += strip.cell_length
            self._draw_row(self._rows, encoder, y, pieces, console, color_system, moved=False)
        return encoder.finish()

    def _draw_parts(
        self, rows: list[Cells], update: ChopsUpdate, console: Console, color_system: ColorSystem
    ) -> str:
        encoder = Encoder(self._styles, len(rows[0]), erases=self._erases)
        for y, spans in groupby(update.spans, key=lambda span: span[0]):
            pieces = [piece for _, x1, x2 in spans for piece in _pieces(update, y, x1, x2)]
            self._draw_row(rows, encoder, y, pieces, console, color_system, moved=True)
        return encoder.finish()

    def _draw_row(
        self,
        rows: list[Cells],
        encoder: Encoder,
        y: int,
        pieces: Sequence[Piece],
        console: Console,
        color_system: ColorSystem,
        *,
        moved: bool,
    ) -> None:
        """Draw the pieces; `moved` when Textual moves to each of them, not only to the first."""
        row = rows[y]
        parts = [(piece.x, cells_of(piece.strip, self._styles, color_system)) for piece in pieces]
        if row.odd or any(cells is None or x + len(cells) > len(row) for x, cells in parts):
            if moved:
                for piece in pieces:
                    encoder.as_it_is(piece.x, y, piece.strip.render(console))
            else:
                encoder.as_it_is(0, y, "".join([piece.strip.render(console) for piece in pieces]))
            sizes = [
                (x, piece.strip.cell_length, cells if cells is not None and x + len(cells) <= len(row) else None)
                for (x, cells), piece in zip(parts, pieces, strict=True)
            ]
            rows[y] = after_odd(row, sizes, moved=moved)
            return
        after = row
        for x, cells in parts:
            if cells:
                after = after.put(x, cells)
        if after != row:
            for start, end in changed_spans(row, after):
                encoder.cells(y, after, start, end)
            rows[y] = after


class _Changed(CompositorUpdate):
    """An update that is drawn as what it changes."""

    def __init__(self, output: ChangedOutput, update: ChopsUpdate | LayoutUpdate) -> None:
        self._output = output
        self._update = update

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        return self._update.__rich_console__(console, options)

    def render_segments(self, console: Console) -> str:
        return self._output.draw(self._update, console)


def _fits(update: ChopsUpdate, rows: Sequence[Cells]) -> bool:
    """Whether the update is one of a screen of this size."""
    return len(update.chops) == len(rows) and all(
        y < len(rows) and update.chop_ends[y][-1:] == [len(rows[y])] for y, _, _ in update.spans
    )


def _pieces(update: ChopsUpdate, y: int, x1: int, x2: int) -> Iterator[Piece]:
    """The parts of a row that Textual would write for a span, cut as it cuts them."""
    for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
        if strip is None or x > x2 or end <= x1:
            continue
        yield Piece(x, strip if x1 <= x < x2 and end <= x2 else strip.crop(0, min(end, x2) - x))
