"""Puts the inventory tree on the screen: header, visible rows, scroll thumb, status; only what changed is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import ClassVar, TypeAlias

from rich.style import Style
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from chimera_tui.domain.names import printable
from chimera_tui.tui.widgets.tree_model import TreeModel
from chimera_tui.tui.widgets.tree_paint import (
    STYLE_NAMES,
    headline,
    row_facts,
    row_line,
    subline,
    text_line,
    thumb_rows,
)
from chimera_tui.tui.widgets.tree_rows import Row, SortKey
from chimera_tui.tui.widgets.tree_totals import FolderTotals

Known: TypeAlias = Mapping[str, tuple[object, Strip]]
"""By row key, and by these, which are no row's."""
_HEAD, _SUB, _BLANK = "\0head", "\0sub", "\0blank"


class TreeCanvas(Widget):
    """A tree model on Textual's line API. Whoever changes the model calls `repaint`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"inventory-tree--{name}" for name in STYLE_NAMES}

    status: reactive[str] = reactive("", layout=False, repaint=False, init=False)
    """How changes are seen, e.g. `watching` or `polling: no inotify watches left`; untrusted text."""

    told: reactive[FolderTotals | None] = reactive(None, layout=False, repaint=False, init=False)
    """What there is, from who knows it, until the files themselves are here."""

    def __init__(self, labels: Iterable[str] = (), *, id: str | None = None, classes: str | None = None) -> None:
        """`labels` are the roots, shown also while they are empty."""
        super().__init__(id=id, classes=classes)
        self.model = TreeModel(labels)
        self._style_table: dict[tuple[str, bool], Style] = {}
        self._painted: list[Strip] = []
        self._known: dict[str, tuple[object, Strip]] = {}
        """Lines of the last time by row key, with what they show: most are still the same."""

    def repaint(self) -> None:
        """Make the lines anew and send those that differ."""
        old = self._painted
        if not old or not self.is_mounted:
            self._painted = []
            self.refresh()
            return
        self._painted = self._make_lines()
        width = self.size.width
        changed = [
            Region(0, y, width, 1)
            for y, line in enumerate(self._painted)
            if y >= len(old) or (line is not old[y] and line != old[y])
        ]
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        if not self._painted:
            self._painted = self._make_lines()
        return self._painted[y] if y < len(self._painted) else Strip.blank(self.size.width, self._style(""))

    def notify_style_update(self) -> None:
        """The theme or the focus changed: every style is looked up anew."""
        super().notify_style_update()
        self._style_table.clear()
        self._forget()

    def watch_status(self) -> None:
        """Only its own line: the rows may be about to be told anew."""
        if not self._painted or not self._footer_height:
            return
        line = self._status_line()
        if line != self._painted[-1]:
            self._painted[-1] = line
            self.refresh(Region(0, len(self._painted) - 1, self.size.width, 1))

    def watch_told(self) -> None:
        self.repaint()

    def on_resize(self) -> None:
        self.fit()

    def fit(self) -> None:
        """Tell the model how many rows there is room for."""
        self.model.view.resize(self.model.shown, self.size.height - self.header_height - self._footer_height)
        self._forget()
        self.refresh()

    def _forget(self) -> None:
        """Make every line anew, whatever it shows."""
        self._painted = []
        self._known.clear()

    @property
    def header_height(self) -> int:
        """Lines above the first row: two, and fewer in a widget of less than six lines."""
        return 2 if self.size.height >= 6 else 1 if self.size.height >= 4 else 0

    @property
    def _footer_height(self) -> int:
        return 1 if self.size.height >= 3 else 0

    def _make_lines(self) -> list[Strip]:
        known, self._known = self._known, {}
        lines = [*self._header_lines(known)[: self.header_height], *self._row_lines(known)]
        if self._footer_height:
            lines.append(self._status_line())
        return lines[: self.size.height]

    def _line(self, known: Known, key: str, facts: object, make: Callable[[], Strip]) -> Strip:
        """The line as it is known, or made anew when it shows something else."""
        line = known.get(key)
        if line is None or line[0] != facts:
            line = facts, make()
        self._known[key] = line
        return line[1]

    def _header_lines(self, known: Known) -> list[Strip]:
        model, width = self.model, self.size.width
        if self.told is not None:
            return self._told_lines(self.told)
        if not model.whole.row_count:  # no root yet: not none, but not known
            return [self._text_line("", "header")] * 2
        totals, problems, latest_ns = model.totals, model.problem_count, model.whole.top.latest_ns()
        matches = None if model.found is None else model.found.top.totals
        order = "" if model.shown.sort_key is SortKey.NAME else f"by {model.shown.sort_key}"
        figures = totals.figures()

        def head() -> Strip:
            return self._text_line(headline(totals, problems, matches, width), "header")

        def sub() -> Strip:
            return self._text_line(subline(totals, latest_ns, width, order), "muted")

        return [
            self._line(known, _HEAD, (figures, problems, matches and matches.figures()), head),
            self._line(known, _SUB, (figures, latest_ns, order), sub),
        ]

    def _told_lines(self, told: FolderTotals) -> list[Strip]:
        width = self.size.width
        return [
            self._text_line(headline(told, 0, None, width), "header"),
            self._text_line(subline(told, told.latest_ns, width), "muted"),
        ]

    def _row_lines(self, known: Known) -> list[Strip]:
        model, view, tree = self.model, self.model.view, self.model.shown
        thumb = thumb_rows(tree.row_count, view.top, view.height)
        lines = []
        for y, row in enumerate(view.rows(tree)):
            in_thumb = y in thumb
            make = partial(self._row_line, row, in_thumb)
            lines.append(self._line(known, row.key, (in_thumb, row_facts(row, model)), make))
        blank = self._line(known, _BLANK, None, partial(self._text_line, "", "file"))
        return lines + [blank] * (view.height - len(lines))

    def _row_line(self, row: Row, in_thumb: bool) -> Strip:
        width = max(0, self.size.width - 1)
        text, name = ("┃", "thumb") if in_thumb else (" ", "file")
        beside = text_line(text, 1, self._style(name, False))
        return Strip.join([row_line(row, self.model, width, self._style), beside])

    def _status_line(self) -> Strip:
        row = self.model.selected_row
        problem = self.model.problem(row.entry) if row is not None and row.entry is not None else ""
        if problem:
            return self._text_line(f"! {printable(problem)}", "problem")
        return self._text_line(printable(self.status), "muted")

    def _text_line(self, text: str, name: str) -> Strip:
        return text_line(text, self.size.width, self._style(name, False))

    def _style(self, name: str, selected: bool = False) -> Style:
        """Of one of the tree's component classes; without a name the tree's own."""
        found = self._style_table.get((name, selected))
        if found is None:
            names = [f"inventory-tree--{name}"]
            if selected:
                names.insert(0, "inventory-tree--selected")
            found = self.get_visual_style(*names).rich_style if name else self.rich_style
            self._style_table[name, selected] = found
        return found
