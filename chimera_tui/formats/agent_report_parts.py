"""The pieces of an agent's report: header fields, configuration, times, metrics, lists, tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from chimera_tui.domain.options import OPTIONS_BY_NAME
from chimera_tui.formats.agent_report import SHORT_NAMES

ConfigValue = int | float | str | None


@dataclass(frozen=True, slots=True)
class Metric:
    """One number exactly as it is written; None where the report says `not reported`."""

    value: Decimal | None
    unit: str = ""
    spread: Decimal | None = None
    """The part after ± of an aggregate over runs."""


@dataclass(frozen=True, slots=True)
class ExecutionTime:
    """Seconds, as written."""

    total: Decimal | None = None
    ingest: Decimal | None = None
    analysis: Decimal | None = None
    report: Decimal | None = None


def header_field(header: str, name: str) -> str:
    found = re.search(rf"^\*\*{re.escape(name)}:\*\* ?([^\n]*)$", header, re.MULTILINE)
    return found.group(1).rstrip() if found else ""


def configuration(text: str) -> dict[str, ConfigValue]:
    """`Ollama defaults`, or anything else that is no list of `name=value`, is an empty configuration."""
    full = {short: name for name, short in SHORT_NAMES.items()}
    pairs = (pair.split("=", 1) for pair in text.split(", ") if "=" in pair)
    return {full.get(name, name): _config_value(full.get(name, name), value) for name, value in pairs}


def _config_value(name: str, text: str) -> ConfigValue:
    if text == "default":
        return None
    spec = OPTIONS_BY_NAME.get(name)
    kinds = (float,) if spec is not None and spec.kind == "float" else (int, float)
    for kind in kinds:
        try:
            return kind(text)
        except ValueError:
            continue
    return text


_TIMES = re.compile(
    r"^- Execution time: ([\d.]+) ?s(?: \(ingest ([\d.]+) ?s \| analysis ([\d.]+) ?s \| report ([\d.]+) ?s\))?",
    re.MULTILINE,
)


def execution(workflow: str) -> ExecutionTime:
    found = _TIMES.search(workflow)
    return ExecutionTime(*(_decimal(part) for part in found.groups())) if found else ExecutionTime()


_METRIC = re.compile(r"(-?[\d.,]+)(?: ± ([\d.,]+))?(?: ?(\S.*))?")


def metrics(section: str) -> dict[str, Metric]:
    metrics = {}
    for line in section.split("\n"):
        name, colon, value = line.removeprefix("- ").partition(": ")
        if line.startswith("- ") and colon:
            metrics[name] = _metric(value.strip())
    return metrics


def _metric(text: str) -> Metric:
    found = _METRIC.fullmatch(text)
    if not found:
        return Metric(None)
    number, spread, unit = found.groups()
    return Metric(_decimal(number), unit or "", _decimal(spread))


def _decimal(text: str | None) -> Decimal | None:
    try:
        return None if text is None else Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


def bullets(section: str) -> tuple[str, ...]:
    return tuple(line[2:] for line in section.split("\n") if line.startswith("- "))


def code(section: str) -> str:
    """What stands between the first fence and the last line that ends it."""
    found = re.search(r"(?:^|\n)(`{3,})\n(.*)\n\1(?=\n|$)", section, re.DOTALL)
    return found.group(2) if found else ""


def table(text: str) -> list[dict[str, str]]:
    """Rows of the first pipe table, by column title."""
    lines = [line for line in text.split("\n") if line.startswith("|")]
    if len(lines) < 2:
        return []
    titles = _cells(lines[0])
    rows: Sequence[list[str]] = [_cells(line) for line in lines[2:]]
    return [dict(zip(titles, row, strict=False)) for row in rows]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
