"""Lines of Go's benchmark format, which benchstat reads: `BenchmarkName/key=value 1 25.0 ns/op`, read and written.

The grammar is that of golang.org/design/14313-benchmark-format; lines that are neither results nor configuration
may stand anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from chimera_tui.domain.measurement import Place
from chimera_tui.formats.result_text import Notes, lines_of, number_of, shown

RESULT = re.compile(r"Benchmark\S*\s+\d+(\s+\S+\s+\S+)+\s*\Z")
"""A whole result: a name, the number of iterations, pairs of value and unit."""
_CONFIGURATION = re.compile(r"(?P<key>[a-z][^\sA-Z:]*):\s+(?P<value>.*)\Z")
_KEY = re.compile(r"[A-Za-z_][\w.-]*=")
_UNQUOTED = ":@+,"
"""Beside letters, digits and `_.-~`: what a part of a name may hold as it is."""


@dataclass(frozen=True, slots=True)
class BenchmarkLine:
    """One result."""

    name: str
    """Without `Benchmark`, up to the first `/`."""
    parts: tuple[tuple[str, str], ...]
    """Key → value of what follows in the name, as written."""
    values: tuple[tuple[str, float], ...]
    """(unit, value); the number of iterations is a constant of these tools."""
    line: int

    def part(self, key: str) -> str:
        return dict(self.parts).get(key, "")

    def value(self, unit: str) -> float | None:
        return dict(self.values).get(unit)


@dataclass(frozen=True, slots=True)
class BenchmarkText:
    """A whole file."""

    configuration: tuple[tuple[str, str], ...]
    results: tuple[BenchmarkLine, ...]
    comments: tuple[tuple[int, str], ...]
    """Lines that begin with `#`, each with its number."""


def read_benchmark_lines(text: str, where: str, notes: Notes) -> BenchmarkText:
    """Every line; a result that is torn or holds what is no number is told."""
    configuration: list[tuple[str, str]] = []
    results: list[BenchmarkLine] = []
    comments: list[tuple[int, str]] = []
    for number, line in lines_of(text):
        if line.startswith("#"):
            comments.append((number, line))
        elif line.startswith("Benchmark"):
            result = _result(line, Place(where, number), notes)
            if result is not None:
                results.append(result)
        elif (match := _CONFIGURATION.match(line)) is not None:
            configuration.append((match["key"], match["value"].strip()))
    return BenchmarkText(tuple(configuration), tuple(results), tuple(comments))


def benchmark_line(name: str, parts: Iterable[tuple[str, str]], values: Sequence[tuple[str, float]]) -> str:
    """One result of one iteration. What a name can not hold is percent-encoded; figures are exact."""
    path = "".join(f"/{key}={_encoded(value)}" for key, value in parts)
    pairs = " ".join(f"{exact(value)} {unit}" for unit, value in values)
    return f"Benchmark{name}{path} 1 {pairs}"


def decoded(part: str) -> str:
    """A value of a name as it was before `benchmark_line`."""
    return unquote(part, errors="surrogatepass")


def exact(value: float) -> str:
    """A figure that reads back as the same float, without an exponent."""
    text = repr(float(value))
    if "e" in text:
        from decimal import Decimal

        text = format(Decimal(text), "f")
    return text.removesuffix(".0")


def _result(line: str, place: Place, notes: Notes) -> BenchmarkLine | None:
    """None for a torn one; a value that is no number is told, and the others count."""
    words = line.split()
    if RESULT.match(line) is None or len(words) % 2:
        notes.lost(f"{shown(line)} is no whole result", place)
        return None
    values: list[tuple[str, float]] = []
    for text, unit in zip(words[2::2], words[3::2], strict=True):
        value = number_of(text)
        if value is None:
            notes.lost(f"{shown(text)} {unit} is no number", place)
        else:
            values.append((unit, value))
    name, *rest = words[0].removeprefix("Benchmark").split("/")
    return BenchmarkLine(name, _parts(rest), tuple(values), place.line or 0)


def _parts(words: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """`name=hf.co/some/model`, `step=load`: what has no key goes on with the value before it."""
    parts: list[tuple[str, str]] = []
    for word in words:
        if _KEY.match(word) is None and parts:
            key, value = parts[-1]
            parts[-1] = (key, f"{value}/{word}")
        else:
            key, _, value = word.partition("=")
            parts.append((key, value))
    return tuple(parts)


def _encoded(value: str) -> str:
    return quote(value, _UNQUOTED, errors="surrogatepass")
