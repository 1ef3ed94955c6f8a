"""A few styled lines of text; the terminal gets only the lines that changed."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from chimera_tui.tui.formatting import crop
from chimera_tui.tui.widgets.bare import BareWidget

Span = tuple[str, str]
"""(text, style name): the end of one of `LINE_CLASSES`, or empty for the widget's own style."""
Line = tuple[Span, ...]

_STYLES = (
    "label",
    "value",
    "strong",
    "dim",
    "good",
    "warn",
    "bad",
    "accent",
    "title",
    "cursor",
    "edit",
    "key",
    "badge",
)
LINE_CLASSES = frozenset(f"lines--{name}" for name in _STYLES)
"""Component classes that the screen declares once for all its panels: Textual styles every declared class of every
widget at each update, which for a dozen panels was half of the time to the first frame."""


def fit(text: str, width: int, *, right: bool = False) -> str:
    """The text in exactly `width` cells: padded, or cut with an ellipsis."""
    text = crop(text, width)
    pad = " " * (width - cell_len(text))
    return pad + text if right else text + pad


def roomiest(width: int, *texts: str) -> str:
    """The first text that fits, else the last one: write them from long to short."""
    return next((text for text in texts if cell_len(text) <= width), texts[-1])


def line_width(line: Line) -> int:
    return sum(cell_len(text) for text, _ in line)


def cropped(line: Line, width: int) -> Line:
    """The line in at most so many cells, ending in `…` when something had to go."""
    if line_width(line) <= width:
        return line
    kept: list[Span] = []
    for text, style in line:
        room = width - line_width(tuple(kept))
        if cell_len(text) >= room:
            return (*kept, (crop(f"{text}…", room), style))
        kept.append((text, style))
    return tuple(kept)


class LinesWidget(BareWidget):
    """Base of the panels: give it lines with `show`; it never wraps and never moves.

    Its screen declares `LINE_CLASSES` among its component classes.
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []
        self._styles: dict[str, Style] = {}
        self._was_drawn = False

    def show(self, lines: Sequence[Line]) -> None:
        """Replace the content; only lines that differ are painted anew."""
        old, new = self._lines, list(lines)
        self._lines = new
        if not self._was_drawn:
            return
        width = self.size.width
        for y in range(max(len(old), len(new))):
            before = old[y] if y < len(old) else ()
            after = new[y] if y < len(new) else ()
            if before != after:
                self.refresh(Region(0, y, width, 1))

    @property
    def text(self) -> str:
        """What is shown, without styles: for tests and for copying."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def _paint(self) -> None:
        """Show what fits the size; before the first drawing too: a widget is told of its size only after it."""

    def render_lines(self, crop: Region) -> list[Strip]:
        if not self._was_drawn:
            self._paint()
            self._was_drawn = True
        return super().render_lines(crop)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        base = self._style("")
        line = self._lines[y] if y < len(self._lines) else ()
        segments = [Segment(text, self._style(name)) for text, name in line if text]
        cells = line_width(line)
        if cells > width:
            return Strip(segments, cells).adjust_cell_length(width, base)
        return Strip([*segments, Segment(" " * (width - cells), base)] if cells < width else segments, width)

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self.rich_style
            if name:
                style += self.screen.get_component_rich_style(f"lines--{name}", partial=True)
            self._styles[name] = style
        return style
