"""Values as our Markdown reports write them, and tables whose cells hold any text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chimera_tui.domain.flags import Flag
from chimera_tui.domain.inventory import printable
from chimera_tui.domain.metrics import Offload
from chimera_tui.domain.runs import SeriesPlace

NOT_REPORTED = "not reported"
FLAG = "⚑"
"""Stands before every flag that disturbs a measurement, on the screen as in the files."""
NOTE = "•"
"""Stands before a flag that is only told."""

_ACTIVE = re.compile(r"[\\|<&`*\[\]~]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
"""Characters that would be markup; an underscore inside a word is none."""
_ESCAPED = re.compile(r"\\([\\|<&`*\[\]~_])")
_ROW_CELL = re.compile(r"((?:\\.|[^|\\])*)\|")


def rate_text(value: float | None) -> str:
    return NOT_REPORTED if value is None else f"{value:.2f} tok/s"


def ms_text(value_ns: float | None) -> str:
    return NOT_REPORTED if value_ns is None else f"{value_ns / 1e6:.2f} ms"


def count_text(value: int | None) -> str:
    return NOT_REPORTED if value is None else str(value)


def offload_text(offload: Offload) -> str:
    """Asked for, in effect, and measured: `num_gpu 80, 35 of 35 layers, 100.0% in VRAM`."""
    asked = "num_gpu default" if offload.requested is None else f"num_gpu {offload.requested}"
    layers = "unknown" if offload.layers_in_effect is None else str(offload.layers_in_effect)
    share = offload.measured_share
    measured = "VRAM not reported" if share is None else f"{100 * share:.1f}% in VRAM"
    return f"{asked}, {layers} of {offload.layers_all or 'unknown'} layers, {measured}"


def series_text(place: SeriesPlace) -> str:
    """`measured run 2 of 5 of series k3v9qa`."""
    return f"{place.role} run {place.index} of {place.of} of series {place.series_id}"


def flag_text(flag: Flag, *, with_agent: bool) -> str:
    """`agent B, analysis, 24.50 s: queued behind the other agent: waited …`; raw text, to be escaped."""
    where = [
        f"agent {flag.agent.label}" if with_agent and flag.agent else "",
        flag.step or "",
        "" if flag.wait_ns is None else f"{flag.wait_ns / 1e9:.2f} s",
    ]
    return ": ".join(filter(None, [", ".join(filter(None, where)), flag.cause.value, flag.text]))


def sign(flag: Flag) -> str:
    return FLAG if flag.cause.disturbs else NOTE


def plain(text: str) -> str:
    """Any text as one line of Markdown that shows exactly its printable form."""
    return _ACTIVE.sub(lambda found: f"\\{found.group()}", printable(text))


def read_plain(text: str) -> str:
    """The printable text behind `plain`."""
    return _ESCAPED.sub(r"\1", text)


def pipe_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    yield row(titles)
    yield row(["---"] * len(titles))
    for cells in rows:
        yield row([plain(cell) for cell in cells])


def row(cells: Sequence[str]) -> str:
    """A line of a table; the cells are Markdown already."""
    return "| " + " | ".join(cells) + " |"


def read_tables(text: str) -> list[list[dict[str, str]]]:
    """Every table of a section of ours, its rows by column title."""
    blocks = (block.split("\n") for block in re.split(r"\n{2,}", text.strip("\n")))
    found = [[line for line in block if line.startswith("|")] for block in blocks]
    return [
        [dict(zip(_cells(lines[0]), _cells(line), strict=False)) for line in lines[2:]]
        for lines in found
        if len(lines) >= 2
    ]


def _cells(line: str) -> list[str]:
    return [read_plain(cell.strip()) for cell in _ROW_CELL.findall(line.removeprefix("|"))]
