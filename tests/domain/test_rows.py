from __future__ import annotations

import pytest

from chimera_tui.domain.rows import GrowthColumn, preferred, rows_kind


def columns(*names_and_units: tuple[str, str]) -> list[GrowthColumn]:
    return [GrowthColumn(name, unit, 3, 0) for name, unit in names_and_units]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("reports/a.csv", "csv"),
        ("reports/a.TSV", "csv"),
        ("reports/a.jsonl", "jsonl"),
        ("reports/a.ndjson", "jsonl"),
        ("reports/a.json", "json"),
        ("reports/a.md", None),
        ("reports/csv", None),
        ("reports/.csv", None),
        ("reports.csv/a", None),
    ],
)
def test_the_name_tells_how_rows_stand_in_a_file(path: str, kind: str | None) -> None:
    assert rows_kind(path) == kind


def test_a_token_rate_is_what_somebody_wants_to_see_first() -> None:
    assert preferred(columns(("epoch", ""), ("TTFT_ms", "ms"), ("speed", "tok/s"))) == "speed"
    assert preferred(columns(("avg_ns", "ns"), ("avg_ts", ""))) == "avg_ts"
    assert preferred(columns(("epoch", ""), ("request_latency", "s"), ("TTFT_ms", "ms"))) == "TTFT_ms"
    assert preferred(columns(("epoch", ""), ("total_duration_s", "s"))) == "total_duration_s"
    assert preferred(columns(("epoch", ""), ("loss", ""))) == "epoch"
    assert preferred([]) == ""
