"""How rows, totals and the scroll thumb of the inventory tree look, as lines of exactly the width asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from chimera_tui.domain.names import FileKind, printable
from chimera_tui.tui.formatting import count, crop, size, utc
from chimera_tui.tui.widgets.tree_model import TreeModel
from chimera_tui.tui.widgets.tree_rows import Row
from chimera_tui.tui.widgets.tree_totals import FolderTotals

if TYPE_CHECKING:
    from chimera_tui.domain.inventory import FileEntry

STYLE_NAMES = (
    "folder",
    "file",
    *(kind.value for kind in FileKind),
    "own",
    "problem",
    "mark",
    "guide",
    "amount",
    "header",
    "muted",
    "thumb",
    "selected",
)
"""Ends of the component classes `inventory-tree--…`."""

StyleOf = Callable[[str, bool], Style]
"""The style of a name; True for how it looks in the selected row."""

COUNTS_FROM = 20
SIZES_FROM = 34
DATES_FROM = 50
TIMES_FROM = 60
"""Widths in cells from which a column appears."""

_LETTERS = {FileKind.CSV: "c", FileKind.JSON: "j", FileKind.MD: "m", FileKind.OTHER: "·"}
_SIZE_WIDTH = 8
_LEAST_NAME = 4
_OWN_LABEL = "own output"


class LinePainter:
    """Collects one line from left to right; what does not fit is cropped with `…`."""

    def __init__(self, width: int, fill: Style) -> None:
        self._segments: list[Segment] = []
        self._fill = fill
        self.room = width
        self._width = width

    def add(self, text: str, style: Style, *, keep: int = 0) -> None:
        """Append text, leaving at least `keep` cells free after it."""
        text = crop(text, self.room - keep)
        if text:
            self._segments.append(Segment(text, style))
            self.room -= cell_len(text)

    def pad(self, keep: int = 0) -> None:
        """Fill up, leaving `keep` cells."""
        self.add(" " * max(0, self.room - keep), self._fill)

    def strip(self) -> Strip:
        self.pad()
        return Strip(self._segments, self._width)


def text_line(text: str, width: int, style: Style) -> Strip:
    """One line of one style, cropped or filled up."""
    line = LinePainter(width, style)
    line.add(text, style)
    return line.strip()


def row_facts(row: Row, model: TreeModel) -> tuple[object, ...]:
    """All that the line of a row depends on beside its key, the width and the styles."""
    key, depth, entry, branch = row
    selected, mark = key == model.view.selected, model.marks.get(key)
    if branch is not None:
        totals = branch.totals
        own = totals.only_own_output
        return depth, selected, mark, branch.is_open, own, totals.own if own else totals.files, branch.latest_ns()
    assert entry is not None
    return depth, selected, mark, entry, model.problem(entry)


def row_line(row: Row, model: TreeModel, width: int, style_of: StyleOf) -> Strip:
    """One row: mark, guides, arrow or kind, name; size and time at the right where there is room."""
    selected = row.key == model.view.selected
    line = LinePainter(width, style_of("file", selected))
    if width >= _LEAST_NAME:
        mark = model.marks.get(row.key)
        if row.branch is not None and row.branch.is_open:
            mark = None  # what happened is seen in its rows
        line.add(mark.value if mark else " ", style_of("mark", selected))
    _add_guides(line, row.depth, width, style_of("guide", selected))
    if row.branch is not None:
        own = row.branch.totals.only_own_output
        name_style = style_of("own" if own else "folder", selected)
        line.add("▾ " if row.branch.is_open else "▸ ", name_style)
        columns = _folder_columns(row, width, own)
        line.add(printable(row.branch.name), name_style, keep=sum(map(cell_len, columns)))
    else:
        assert row.entry is not None
        columns = _file_columns(row.entry, width)
        _add_file(line, row.entry, model.problem(row.entry), sum(map(cell_len, columns)), selected, style_of)
    line.pad(sum(map(cell_len, columns)))
    for column in columns:
        line.add(column, style_of("amount", selected))
    return line.strip()


def _add_guides(line: LinePainter, depth: int, width: int, style: Style) -> None:
    most = max(0, width // 6)
    if depth <= most:
        line.add("│ " * depth, style)
    else:
        line.add("│ " * (most - 1) + "… ", style)


def _add_file(
    line: LinePainter, entry: FileEntry, problem: str, keep: int, selected: bool, style_of: StyleOf
) -> None:
    own = entry.own_output
    if problem:
        line.add("! ", style_of("problem", selected), keep=keep)
    else:
        line.add(f"{_LETTERS[entry.kind]} ", style_of("own" if own else entry.kind.value, selected), keep=keep)
    line.add(printable(entry.name), style_of("own" if own else "file", selected), keep=keep)
    if problem and line.room - keep > _SIZE_WIDTH:
        line.add(f"  {printable(problem)}", style_of("problem", selected), keep=keep + 1)


def _folder_columns(row: Row, width: int, own: bool) -> list[str]:
    assert row.branch is not None
    totals = row.branch.totals
    if width < COUNTS_FROM:
        return []
    number = totals.own if own else totals.files
    text = f" {count(number)}"
    if own and width >= SIZES_FROM:
        text = f" {_OWN_LABEL}{text}"
    if width >= SIZES_FROM:
        text = text.rjust(_SIZE_WIDTH)
    return [text, *_time_column(row.branch.latest_ns(), width)]


def _file_columns(entry: FileEntry, width: int) -> list[str]:
    if width < SIZES_FROM:
        return []
    return [f" {size(entry.size_bytes)}".rjust(_SIZE_WIDTH), *_time_column(entry.mtime_ns, width)]


def _time_column(ns: int | None, width: int) -> list[str]:
    if width < DATES_FROM:
        return []
    if width < TIMES_FROM:
        return [f"  {utc(ns)[:10]:>10}"]
    return [f"  {utc(ns).removesuffix(' UTC'):>16}"]


def thumb_rows(count_of_rows: int, top: int, height: int) -> range:
    """The lines of the right-most column that show where on screen the visible part lies; none when all fits."""
    if count_of_rows <= height or height < 1:
        return range(0)
    length = max(1, height * height // count_of_rows)
    start = round(top / (count_of_rows - height) * (height - length))
    return range(start, start + length)


def first_fitting(choices: Sequence[str], width: int) -> str:
    """The first text that fits, the last one cropped when none does."""
    return next((text for text in choices if cell_len(text) <= width), crop(choices[-1], width))


def headline(totals: FolderTotals, problems: int, matches: FolderTotals | None, width: int) -> str:
    """`101 files · 28 csv · 44 json · 29 md`, in as many words as fit; while filtering, how many match."""
    if matches is not None:
        found = f"{count(matches.everything)} of {count(totals.everything)}"
        return first_fitting((f"{found} match · {_kinds(matches)}", f"{found} match", found), width)
    files = f"{count(totals.files)} {'file' if totals.files == 1 else 'files'}"
    extra = "".join(
        f" · {count(number)} {word}"
        for number, word in ((totals.other, "other"), (totals.own, "own"), (problems, "with problems"))
        if number
    )
    kinds = _kinds(totals)
    short = f"{count(totals.csv)}c {count(totals.json)}j {count(totals.md)}m"
    choices = (f"{files} · {kinds}{extra}", f"{files} · {kinds}", f"{files} · {short}", files, count(totals.files))
    return first_fitting(choices, width)


def _kinds(totals: FolderTotals) -> str:
    return f"{count(totals.csv)} csv · {count(totals.json)} json · {count(totals.md)} md"


def subline(totals: FolderTotals, latest_ns: int | None, width: int, order: str = "") -> str:
    """`442 kB · latest 2025-11-14 18:54 UTC`, in as many words as fit; before it how files are sorted."""
    before = f"{order} · " if order else ""
    amount = size(totals.size_bytes)
    if latest_ns is None:
        return crop(f"{before}{amount}", width)
    latest = utc(latest_ns)
    choices = (f"{amount} · latest {latest}", f"{amount} · {latest}", f"{amount} · {latest[:10]}", amount)
    return first_fitting((*(f"{before}{choice}" for choice in choices), order or amount), width)
