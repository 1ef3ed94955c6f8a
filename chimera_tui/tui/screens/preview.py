"""One file, looked at: Markdown rendered, CSV as a table, JSON as a tree, anything else as numbered lines."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Awaitable, Callable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.grounding import FactPlace
from chimera_tui.domain.inventory import FileContent
from chimera_tui.domain.names import FileKind, printable
from chimera_tui.domain.rows import rows_kind
from chimera_tui.tui.formatting import count, size, utc
from chimera_tui.tui.widgets.file_text import FileText

LONGEST_MARKDOWN = 200_000
"""Characters; a longer document is shown as text, because rendering it would hold the screen."""

_RECORD = re.compile(r"\[(\d{1,15})\]")
"""How a place in JSON Lines begins: the number of the line, from 0."""
Body = tuple[Widget, str]
"""What shows the content, and a note on how much of it and how."""


def body_of(content: FileContent, place: FactPlace | None = None) -> Body:
    """The widget for a file's kind, at a fact if there is one; for what is broken or too large, its text."""
    line = place.row if place is not None and place.row > 0 else None
    match content.kind:
        case FileKind.CSV:
            return _csv_body(content, place)
        case FileKind.JSON:
            return _json_body(content, place)
        case FileKind.MD if content.text.strip() and len(content.text) <= LONGEST_MARKDOWN:
            return _markdown_body(content, line), ""
        case FileKind.MD if content.text.strip():
            return _text_body(content, "too long to render, shown as text", line, "the fact")
        case _:
            return _text_body(content)


def _text_body(content: FileContent, note: str = "", marked: int | None = None, why: str = "") -> Body:
    if not content.text:
        return FileText(""), "the file is empty" if content.size_bytes == 0 else note
    return FileText(content.text, marked=marked, why=why), note


def _markdown_body(content: FileContent, line: int | None) -> Widget:
    from chimera_tui.tui.widgets.file_markdown import FileMarkdown

    return FileMarkdown(content.text.removeprefix("\ufeff"), line)


def _csv_body(content: FileContent, place: FactPlace | None) -> Body:
    from chimera_tui.tui.widgets.csv_table import CsvTable, read_csv, spot_of

    try:
        data = read_csv(content.text)
    except csv.Error as error:
        return _text_body(content, f"not readable as CSV ({error}), shown as text")
    if not data.columns_in_all:
        return _text_body(content)
    spot = (None, None) if place is None else spot_of(data, place.field, place.row)
    is_beyond = place is not None and (spot[1] is None or (place.row > 0 and spot[0] is None))
    beyond = " · the fact is not on this page" if is_beyond else ""
    return CsvTable(data, spot), data.note(content.truncated) + beyond


def _json_body(content: FileContent, place: FactPlace | None) -> Body:
    from chimera_tui.tui.widgets.json_tree import JsonTree, read_json

    if content.truncated:
        return _text_body(content, "shown as text, because half a JSON document is no tree")
    if not content.text.strip():
        return _text_body(content)
    try:
        return JsonTree(read_json(content.text), place.field if place is not None else ""), ""
    except json.JSONDecodeError as error:
        if place is not None and (record := _RECORD.match(place.field)):
            return _text_body(content, "JSON Lines, shown as text", int(record[1]) + 1, "the fact")
        where = f"line {count(error.lineno)}, column {count(error.colno)}"
        return _text_body(content, f"broken JSON: {error.msg}, {where}", error.lineno, error.msg)
    except RecursionError:
        return _text_body(content, "nested too deeply for a tree, shown as text")


class PreviewScreen(ModalScreen[None]):
    """Shows a `FileContent`, or waits for one; Escape, q or Backspace closes it, `p` plots its rows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "plot", "plot", id="preview.plot"),
        Binding("escape,q,backspace", "close", "close", key_display="Esc", id="preview.close"),
    ]

    def __init__(
        self,
        content: FileContent | Awaitable[FileContent],
        *,
        path: str = "",
        mtime_ns: int | None = None,
        plot: Callable[[str], None] | None = None,
        place: FactPlace | None = None,
    ) -> None:
        """`path` is shown while the content is awaited; `mtime_ns` is the file's UTC time, when known;
        `plot` opens the plot of a path's rows; `place` is gone to and marked."""
        super().__init__()
        self._content = content
        self._path = content.path if isinstance(content, FileContent) else path
        self._mtime_ns = mtime_ns
        self._place = place
        self._plot = plot if rows_kind(self._path) is not None else None

    def compose(self) -> ComposeResult:
        with Vertical(id="preview"):
            yield Static(printable(self._path), id="preview-path", markup=False)
            yield Static("Reading …", id="preview-facts", markup=False)
            yield Static("", id="preview-problem", markup=False)
            yield Vertical(id="preview-body")
            plot = " · p plots the numbers" if self._plot is not None else ""
            yield Static(f"Esc closes{plot} · ↑ ↓ PgUp PgDn Home End move", id="preview-keys", markup=False)

    def on_mount(self) -> None:
        self._load()

    @work(exclusive=True, group="preview")
    async def _load(self) -> None:
        content = self._content
        if not isinstance(content, FileContent):
            try:
                content = await content
            except ChimeraError as error:
                self._tell("#preview-facts", "")
                self._tell("#preview-problem", f"! {error}")
                return
        body, note = body_of(content, self._place)
        self._tell("#preview-path", content.path)
        self._tell("#preview-facts", self._facts(content, note))
        self._tell("#preview-problem", f"! {content.problem}" if content.problem else "")
        await self.query_one("#preview-body").mount(body)
        body.focus()

    def _facts(self, content: FileContent, note: str) -> str:
        parts = [content.kind.value, size(content.size_bytes)]
        if self._mtime_ns is not None:
            parts.append(f"modified {utc(self._mtime_ns)}")
        if content.truncated:
            parts.append(f"only the first {count(len(content.text))} characters were read")
        if note:
            parts.append(note)
        if self._place is not None:
            parts.append(f"the fact: {str(self._place).removeprefix(self._place.path).removeprefix(':')}")
        return " · ".join(parts)

    def _tell(self, where: str, text: str) -> None:
        line = self.query_one(where, Static)
        line.update(printable(text))
        line.display = bool(text)

    def action_plot(self) -> None:
        if self._plot is not None:
            self._plot(self._path)

    def action_close(self) -> None:
        self.dismiss()
