"""The first line of a screen that lies over the cockpit: its name, what it shows, a remark at the right."""

from __future__ import annotations

from chimera_tui.domain.names import printable
from chimera_tui.tui.widgets.lines import Line, LinesWidget, fit, line_width


def title_line(name: str, about: str, remark: str, width: int) -> Line:
    """The remark goes first when room gets scarce."""
    head = (f" {name} ", "title")
    room = width - line_width((head,)) - 2
    about, remark = printable(about), printable(remark)
    right = f"{remark} " if line_width(((about, ""), (remark, ""))) + 4 <= room else ""
    return (head, (" " + fit(about, room - line_width(((right, ""),))) + " ", "strong"), (right, "dim"))


class TitleLine(LinesWidget):
    """Give it its texts with `tell`."""

    def __init__(self, name: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._head = name
        self._about = self._remark = ""

    def tell(self, about: str, remark: str = "") -> None:
        self._about, self._remark = about, remark
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        self.show([title_line(self._head, self._about, self._remark, self.size.width)])
