"""Values as our Markdown reports write them, and tables whose cells hold any text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.flags import Flag
from chimera_tui.domain.formatting import percent
from chimera_tui.domain.metrics import Offload
from chimera_tui.domain.names import printable
from chimera_tui.domain.runs import SeriesPlace

NOT_REPORTED = "not reported"

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
    """Asked for, in effect, and measured: `num_gpu 80, 35 of 35 layers, 100 % in VRAM`."""
    asked = "num_gpu default" if offload.requested is None else f"num_gpu {offload.requested}"
    share = offload.measured_share
    measured = "VRAM not reported" if share is None else f"{percent(share)} in VRAM"
    return f"{asked}, {_layers_text(offload)}, {measured}"


def _layers_text(offload: Offload) -> str:
    """Where the server chose the layers, only what lies wholly in VRAM tells how many it were."""
    chosen, known = offload.layers_in_effect, offload.layers_all
    if chosen is not None:
        return f"{chosen} of {known} layers"
    every = "the layers" if known is None else f"the {known} layers"
    if offload.measured_share == 1:
        return "all layers" if known is None else f"all {known} layers"
    if offload.requested is None:
        return f"the server's choice of {every}"
    return "how many layers the model has is not known"


def series_text(place: SeriesPlace) -> str:
    """`measured run 2 of 5 of series k3v9qa`."""
    return f"{place.role} run {place.index} of {place.of} of series {place.series_id}"


def campaign_text(place: CampaignPlace) -> str:
    """`measured run 2 of cell 4771ca7044ec of campaign v45xd9`."""
    return f"{place.role} run {place.repeat} of cell {place.cell} of campaign {place.campaign_id}"


def flag_text(flag: Flag, *, with_agent: bool) -> str:
    """`agent B, analysis: queued behind the other agent: waited …`; raw text, to be escaped."""
    where = [f"agent {flag.agent.label}" if with_agent and flag.agent else "", flag.step or ""]
    return ": ".join(filter(None, [", ".join(filter(None, where)), flag.cause.value, flag.text]))


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
