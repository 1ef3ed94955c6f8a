"""The result of the speed bench as JSON has it, as a table, and beside an earlier one."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.figure import Figure, Reading

_HEAD = ("figure", "target", "here", "measured", "floor", "ratio", "Textual's own", "")


REFERENCE_MS = 144
"""The first frame of a hello-world program where the targets were set (two cores, Python 3.11)."""
_OF_TIME = ("ms", "% of a core")
"""Units of what a slower machine needs more of."""


def row_of(figure: Figure, readings: Sequence[Reading]) -> dict[str, Any]:
    """The medians of a figure's runs. A reading of time is divided by its own pace; the median of these is held to
    the target, since a pace changes from one run to the next. `here` says the same of what was measured."""
    paces = [reading.pace or 1.0 for reading in readings]
    value = statistics.median(reading.value for reading in readings)
    slower = [max(1.0, pace) if figure.unit in _OF_TIME else 1.0 for pace in paces]
    at_pace = statistics.median(reading.value / by for reading, by in zip(readings, slower, strict=True))
    here = figure.target * (value / at_pace if at_pace else statistics.median(slower))
    floor = _median(reading.floor for reading in readings)
    return {
        "name": figure.name,
        "title": figure.title,
        "unit": figure.unit,
        "target": figure.target,
        "here": round(here, 3),
        "measured": round(value, 3),
        "runs": [round(reading.value, 3) for reading in readings],
        "paces": [round(pace, 3) for pace in paces],
        "floor": floor,
        "ratio": round(value / floor, 2) if floor else None,
        "textual": _median(reading.textual for reading in readings),
        "met": at_pace <= figure.target,
    }


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None and math.isfinite(value)]
    return round(statistics.median(known), 3) if known else None


def told(result: Mapping[str, Any]) -> str:
    """The table for a person; the last line is the verdict."""
    rows = [_HEAD, *(_cells(row) for row in result["figures"])]
    about = result["machine"]
    lines = [
        f"{result['date']} · version {result['version']} · {about['cores']} cores, {about['architecture']}, "
        f"{about['system']}, Python {about['python']} · load average {result['load_average']['before']} before · "
        f"median of {result['runs']}",
        f"The first frame of a hello-world took {result['hello_ms']:.0f} ms here, {REFERENCE_MS} on the machine "
        "the targets are for: `here` a target of time is as much higher as it took longer beside that figure.",
        "",
        *_aligned(rows),
        *(f"skipped: {what}" for what in result["skipped"]),
        *(f"could not be measured in every run: {what}" for what in result["failed"]),
        "",
    ]
    return "\n".join([*lines, verdict(result["figures"])])


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["title"],
        f"≤ {row['target']:g} {row['unit']}",
        f"≤ {_number(row['here'])}",
        _number(row["measured"]),
        _number(row["floor"]),
        f"{row['ratio']:.1f}×" if row["ratio"] is not None else "–",
        _number(row["textual"]),
        "met" if row["met"] else "MISSED",
    )


def verdict(rows: Sequence[Mapping[str, Any]]) -> str:
    """One sentence: how many targets are met, and which figure is the furthest beyond its own or nearest to it."""
    met = sum(row["met"] for row in rows)
    if not rows:
        return "0 of 0 targets met; nothing was measured."
    strict = sum(row["measured"] <= row["target"] for row in rows)
    without = f" ({strict} without regard to this machine's pace)" if strict != met else ""
    worst = max(rows, key=lambda row: row["measured"] / row["here"])
    said = f"{worst['title']}, {_number(worst['measured'])} of {_number(worst['here'])} {worst['unit']}"
    return f"{met} of {len(rows)} targets met{without}; the worst is {said}."


def compared(now: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """This result beside an earlier one, by figure."""
    earlier = {row["name"]: row for row in before["figures"]}
    rows = [("figure", "target", "before", "now", "change", "")]
    for row in now["figures"]:
        old = earlier.get(row["name"])
        was = old["measured"] if old else None
        change = f"{(row['measured'] / was - 1) * 100:+.0f} %" if was else "–"
        met = "met" if row["met"] else "MISSED"
        target = f"≤ {row['target']:g} {row['unit']}"
        rows.append((row["title"], target, _number(was), _number(row["measured"]), change, met))
    lines = [
        f"before: {before['date']}, version {before['version']} · now: {now['date']}, version {now['version']}"
    ]
    paces = [f"{result['hello_ms']:.0f} ms" if "hello_ms" in result else "not known" for result in (before, now)]
    lines.append(f"First frame of a hello-world, before and now: {', '.join(paces)}.")
    if before["machine"] != now["machine"]:
        lines.append("The two were had on different machines: only the ratios to the floor can be compared.")
    return "\n".join([*lines, "", *_aligned(rows)])


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column in (0, len(widths) - 1) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
