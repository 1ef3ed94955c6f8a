"""The words of the speed bench: a figure with its target, a reading of it, and how much is measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table."""

    name: str
    """What `--only` knows it by, and `results.json`."""
    title: str
    unit: str
    target: float
    """At most, in `unit`."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement: ours, and in the same run the least there is and what Textual's own widgets give."""

    value: float
    floor: float | None = None
    textual: float | None = None
    pace: float | None = None
    """How much longer this machine took for a hello-world's first frame beside it than the one that the targets
    are for; None where that is measured before and after."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured at a time."""

    files: int
    window_s: float
    """How long CPU, bytes and lag are counted."""
    keys: int
    """Key presses, and files that are written."""
    tree: Path | None = None
    """A directory of so many files that is there; making it takes longer than any measurement."""

    others: bool = True
    """Whether Textual's own widgets are measured too. They take many times as much, so that once in a bench says
    enough, and minutes are saved."""

    @property
    def reports(self) -> Path | int:
        """What to measure over: that directory, or how many files a new one shall have."""
        return self.files if self.tree is None else self.tree


FULL = Size(files=100_000, window_s=8.0, keys=40)
QUICK = Size(files=300, window_s=0.5, keys=3)


class Skipped(Exception):
    """What this measurement needs is not here; says what."""


class Measure(Protocol):
    """What a module of `benchmarks.measures` offers: figures that one run gives together."""

    @property
    def FIGURES(self) -> tuple[Figure, ...]: ...

    def measure(self, size: Size) -> Mapping[str, Reading]:
        """One run: a reading for every figure, by name. Raises Skipped."""
        ...
