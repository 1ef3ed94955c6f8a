"""What an inventory adds up to, for programs and for people."""

from __future__ import annotations

from datetime import UTC, datetime

from chimera_tui.commands.console import print_table
from chimera_tui.domain import formatting
from chimera_tui.domain.inventory import KindTotal, Totals
from chimera_tui.domain.names import FileKind


def totals_document(totals: Totals) -> dict[str, object]:
    """`files` counts csv, json and md: what the agents are told about. Our own reports are counted apart."""
    return {
        "files": totals.benchmark.count,
        "size_bytes": totals.benchmark.size_bytes,
        "latest_modified_utc": _moment(totals.benchmark.latest_mtime_ns),
        "by_type": {kind.value: totals.by_kind[kind].count for kind in FileKind},
        "types": {
            kind.value: {
                "files": totals.by_kind[kind].count,
                "size_bytes": totals.by_kind[kind].size_bytes,
                "latest_modified_utc": _moment(totals.by_kind[kind].latest_mtime_ns),
            }
            for kind in FileKind
        },
        "own_output": totals.own_output,
        "problems": totals.problems,
    }


def print_totals(totals: Totals) -> None:
    """A line for each type, and one for what the agents are told about."""
    rows = [("type", "files", "size", "latest change")]
    rows += [_row(kind.value, totals.by_kind[kind]) for kind in FileKind if kind.is_benchmark]
    rows.append(_row("for the agents", totals.benchmark))
    rows.append(_row("other", totals.by_kind[FileKind.OTHER]))
    print_table(rows, right=(1, 2))
    if totals.own_output:
        print(f"{totals.own_output:,} files of our own reports are not counted.")


def _row(name: str, total: KindTotal) -> tuple[str, str, str, str]:
    size = formatting.size(total.size_bytes)
    return (name, formatting.count(total.count), size, formatting.utc(total.latest_mtime_ns))


def _moment(ns: int | None) -> str | None:
    """ISO 8601 in UTC, to the microsecond; None when no file or no calendar holds it."""
    if ns is None:
        return None
    try:
        return datetime.fromtimestamp(ns / 1e9, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return None
