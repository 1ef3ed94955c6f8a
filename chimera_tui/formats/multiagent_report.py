"""The tables of the older two-agent benchmark's written report: one row for each configuration that was tested."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chimera_tui.domain.errors import FileNotReadable

EXPECTED = "Expected Markdown tables with the columns Test ID, CTX, Speedup and Efficiency."
DEFAULT_TEMPERATURE = 0.8
"""Of every configuration whose table does not say otherwise."""
_SCENARIOS = (
    ("baseline", "baseline_vs_chimera"),
    ("hetero", "chimera_hetero"),
    ("homo", "chimera_homo"),
)
_NUMBER = re.compile(r"[-+−]?\d[\d,]*(?:\.\d+)?")
_SHARE = re.compile(r"(\d+)/(\d+)")
_GIVEN = re.compile(r"GPU=(\d+)(?![\d/])")
_HEADER = re.compile(r"^\|\s*Test ID\s*\|.*\|\s*Efficiency\s*\|", re.MULTILINE | re.IGNORECASE)
_RULE = re.compile(r"\|[\s:|-]+\|?")
Pair = tuple[int | None, int | None]


@dataclass(frozen=True, slots=True)
class StatedConfiguration:
    """One row; None is not stated, or left to the server."""

    test: str
    scenario: str
    num_gpu: Pair
    """Of the first agent and of the second."""
    num_ctx: Pair
    temperature: float
    speedup: float | None
    efficiency_percent: float | None
    ttft_delta_ms: float | None
    throughput_delta_tokens_per_s: float | None
    contended: int | None
    """Runs in which contention was detected."""
    runs: int | None
    line: int
    """Counts from 1."""


@dataclass(frozen=True, slots=True)
class MultiagentReport:
    where: str
    configurations: tuple[StatedConfiguration, ...]
    """In the order of the report; each test once."""


def holds_report(text: str) -> bool:
    """Whether a text has a table of tested configurations."""
    return _HEADER.search(text) is not None


def read_report(text: str, where: str = "") -> MultiagentReport:
    """Every configuration that the tables state. FileNotReadable when there is none."""
    found: dict[str, StatedConfiguration] = {}
    for each in _rows(text.splitlines()):
        found.setdefault(each.test, each)
    if not found:
        raise FileNotReadable("this holds no table of tested configurations", where=where, next_=EXPECTED)
    return MultiagentReport(where, tuple(found.values()))


def _rows(lines: Sequence[str]) -> Iterator[StatedConfiguration]:
    """A table ends where the lines of a table end; headings and bold lines before it say what it is about."""
    scenario, given = "", ""
    header: list[str] = []
    for number, line in enumerate(lines, 1):
        if not line.startswith("|"):
            header = []
            if line.startswith("#"):
                scenario, given = _scenario(line) or scenario, ""
            elif line.startswith("**"):
                given = line
        elif not header:
            header = [cell.casefold() for cell in _cells(line)]
        elif "test id" in header and "efficiency" in header and not _RULE.fullmatch(line.strip()):
            yield _row(dict(zip(header, _cells(line), strict=False)), scenario, given, number)


def _cells(line: str) -> list[str]:
    return [cell.strip().strip("*").strip() for cell in line.strip().strip("|").split("|")]


def _scenario(text: str) -> str:
    shown = text.casefold()
    return next((name for word, name in _SCENARIOS if word in shown), "")


def _row(cells: Mapping[str, str], scenario: str, given: str, line: int) -> StatedConfiguration:
    scenario = _scenario(cells.get("scenario", "")) or scenario
    told = _GIVEN.search(given)
    contended = _SHARE.search(cells.get("contention", ""))
    temperature = _number(cells.get("temp"))
    return StatedConfiguration(
        test=cells["test id"],
        scenario=scenario,
        num_gpu=_pair(cells, "gpu", scenario, int(told.group(1)) if told else None),
        num_ctx=_pair(cells, "ctx", scenario, None),
        temperature=DEFAULT_TEMPERATURE if temperature is None else temperature,
        speedup=_number(cells.get("speedup")),
        efficiency_percent=_number(cells.get("efficiency")),
        ttft_delta_ms=_number(next((value for name, value in cells.items() if name.startswith("ttft")), None)),
        throughput_delta_tokens_per_s=_number(
            next((value for name, value in cells.items() if name.startswith("tp ")), None)
        ),
        contended=int(contended.group(1)) if contended else None,
        runs=int(contended.group(2)) if contended else None,
        line=line,
    )


def _pair(cells: Mapping[str, str], name: str, scenario: str, given: int | None) -> Pair:
    """Both agents' value: two columns, or one for both; a baseline leaves its own to the server."""
    if f"{name} 1" in cells:
        return _whole(cells[f"{name} 1"]), _whole(cells.get(f"{name} 2"))
    one = next((_whole(value) for key, value in cells.items() if key.split(" ")[0] == name), given)
    return (None, one) if scenario == "baseline_vs_chimera" else (one, one)


def _number(text: str | None) -> float | None:
    found = _NUMBER.search(text or "")
    return float(found.group().replace(",", "").replace("−", "-")) if found else None


def _whole(text: str | None) -> int | None:
    value = _number(text)
    return None if value is None else int(value)
