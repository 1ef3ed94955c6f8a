"""Small result files in the shapes of other tools, and what is found in them."""

from __future__ import annotations

from pathlib import Path

from chimera_tui.domain.measurement import Measurement, ProblemKind, Reading
from chimera_tui.formats.results import read_results

DATA = Path(__file__).parent / "data"


def data(name: str) -> str:
    """As it stands in the file: line ends are part of a format."""
    return (DATA / name).read_bytes().decode()


def read(name: str) -> Reading:
    """Known by what it holds: the name is not told."""
    return read_results(data(name), "results")


def read_shared(path: Path) -> Reading:
    return read_results(path.read_bytes().decode(errors="replace"), path.name)


def only(
    reading: Reading, figure: str, test: str = "", *, outcome: str = "ok", warmup: bool = False
) -> Measurement:
    """The one such figure."""
    found = [
        each
        for each in reading.measurements
        if each.figure == figure
        and (not test or each.test == test)
        and each.outcome == outcome
        and each.warmup == warmup
    ]
    assert len(found) == 1, [(each.figure, each.test, each.outcome) for each in reading.measurements]
    return found[0]


def said(reading: Reading, kind: ProblemKind) -> str:
    """Everything of that kind, one line each, with its place."""
    return "\n".join(f"{each.place.words()}: {each.what}" for each in reading.problems if each.kind == kind)
