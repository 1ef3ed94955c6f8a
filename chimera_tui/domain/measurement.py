"""What the file of any benchmark says: figures, their values, and what its tool means by them. None is never 0."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

TTFT = "TTFT"
FIRST_ANSWER = "first answer"
ITL = "ITL"
TPOT = "TPOT"
REQUEST_LATENCY = "request latency"
DECODE_RATE = "decode rate"
DECODE_TIME = "decode time per token"
PREFILL_RATE = "prefill rate"
PREFILL_TIME = "prefill time per token"
COMBINED_RATE = "prefill and decode rate"
OUTPUT_THROUGHPUT = "output throughput"
PROMPT_THROUGHPUT = "prompt throughput"
TOTAL_THROUGHPUT = "total throughput"
REQUEST_RATE = "request rate"
CONCURRENCY = "concurrency"
LOAD = "load"
QUEUE = "queue"
TOTAL = "total"
DURATION = "duration"
PROMPT_TOKENS = "prompt tokens"
OUTPUT_TOKENS = "output tokens"
ALL_TOKENS = "prompt and output tokens"
REQUESTS = "requests"
"""Names of figures, one for the same thing in every format; what a tool means by it stands in `definition`."""

SpreadKind = Literal["sample", "population", "not told"]
"""Which standard deviation is stated: over n − 1, over n, or the format does not say."""

Outcome = Literal["ok", "incomplete", "errored"]
"""Of the requests behind a figure."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands."""

    file: str
    line: int | None = None
    """Counts from 1."""
    path: str = ""
    """Inside a JSON document, e.g. `[2].avg_ts`; a column's name in a table."""

    def words(self) -> str:
        """`out.csv, line 3, avg_ts`"""
        line = "" if self.line is None else f"line {self.line}"
        return ", ".join(filter(None, (self.file, line, self.path)))


@dataclass(frozen=True, slots=True)
class Source:
    """Which program wrote the figure."""

    tool: str
    format: str
    """E.g. `json`, `csv`."""
    version: str = ""
    """As written; empty where the file does not say."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What was measured, in the words of the file; what it does not say is empty."""

    model: str = ""
    quantisation: str = ""
    settings: tuple[tuple[str, str], ...] = ()
    """Name → value as written, except that true and false are spelled so in every format."""
    machine: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Aggregate:
    """What a file states of many values."""

    mean: float | None = None
    median: float | None = None
    sd: float | None = None
    sd_kind: SpreadKind = "not told"
    low: float | None = None
    """Smallest value."""
    high: float | None = None
    percentiles: tuple[tuple[float, float], ...] = ()
    """(per cent, value), ascending."""

    @property
    def is_empty(self) -> bool:
        return not self.percentiles and all(
            value is None for value in (self.mean, self.median, self.sd, self.low, self.high)
        )


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure of one test, as a file states it."""

    figure: str
    name: str
    """As the source calls it."""
    unit: str
    definition: str
    """What this source means by the figure; empty where nobody says."""
    source: Source
    subject: Subject
    place: Place
    test: str = ""
    """Which test or part of a run, e.g. `pp32`, `concurrent@2`."""
    outcome: Outcome = "ok"
    warmup: bool = False
    n: int | None = None
    """How many values stand behind the figure; None where the file does not say."""
    samples: tuple[float, ...] = ()
    """The values themselves, where the file has them."""
    aggregate: Aggregate | None = None
    excluded: str = ""
    """What was kept out of the figure, e.g. warm-ups."""
    included: str = ""
    """What is in it that one might not expect, e.g. a model load."""
    at: str = ""
    """When, as written; `local time` is said where the zone is not known."""

    @property
    def mean(self) -> float | None:
        """As stated, else of the samples."""
        if self.aggregate is not None and self.aggregate.mean is not None:
            return self.aggregate.mean
        return math.fsum(self.samples) / len(self.samples) if self.samples else None

    @property
    def median(self) -> float | None:
        """As stated, else of the samples; a tool's own 50th percentile may be another value."""
        if self.aggregate is not None:
            return self.aggregate.median
        ordered, middle = sorted(self.samples), len(self.samples) // 2
        if len(ordered) % 2:
            return ordered[middle]
        return (ordered[middle - 1] + ordered[middle]) / 2 if ordered else None

    @property
    def sd(self) -> float | None:
        """As stated, else √(Σ(x − mean)² / (n − 1)) of the samples; None below two of them."""
        if self.aggregate is not None and self.aggregate.sd is not None:
            return self.aggregate.sd
        mean = self.mean
        if self.aggregate is not None or mean is None or len(self.samples) < 2:
            return None
        return math.sqrt(math.fsum((value - mean) ** 2 for value in self.samples) / (len(self.samples) - 1))

    @property
    def sd_kind(self) -> SpreadKind:
        """Of `sd`; the one of the samples is over n − 1."""
        return "sample" if self.aggregate is None or self.aggregate.sd is None else self.aggregate.sd_kind


ProblemKind = Literal["lost", "empty", "told"]
"""Lost: something in the file could not be read. Empty: a value that stands for `not measured` was left out.
Told: the values are there, and this is what they have to be read with."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What a reader has to say of a file beside its figures."""

    kind: ProblemKind
    what: str
    """A phrase without a full stop."""
    place: Place


class Reading(NamedTuple):
    """All that was found in one file, in its order."""

    measurements: tuple[Measurement, ...]
    problems: tuple[Problem, ...]
