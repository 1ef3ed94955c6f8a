"""One run as one JSON document."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.inventory import FileEntry, FileKind, totals_of
from chimera_tui.domain.options import AgentId, Options
from chimera_tui.domain.runs import RunState, RunSummary
from chimera_tui.formats.markdown_structure import Statements
from chimera_tui.formats.metrics_json import read_run_document, run_document, to_json
from tests.formats.records import failed, outcome, request, summary
from tests.formats.strategies import runs

FILES = totals_of(
    [
        FileEntry("reports/a.csv", FileKind.CSV, 10, 1_700_000_000_000_000_000),
        FileEntry("reports/b.json", FileKind.JSON, 20, 1_700_000_060_000_000_000),
    ]
)


def test_a_document_holds_settings_requests_totals_and_derived_numbers() -> None:
    said = {AgentId.A: Statements(("One.", "Two."), ("Do.",))}
    document = json.loads(to_json(run_document(summary(), said, FILES)))
    assert (document["schema"], document["version"], document["run_id"]) == ("chimera.run", 1, "k3v9qa")
    assert (document["state"], document["mode"], document["simulated"]) == ("done", "together", False)
    assert document["started_utc"] == "2026-11-21T19:33:42Z"
    assert document["wall_s"] == 6.0
    assert document["overlap_efficiency"] == pytest.approx(0.88)
    assert document["files"] == {
        "total": 2,
        "csv": 1,
        "json": 1,
        "md": 0,
        "size_bytes": 30,
        "latest_modified_utc": "2023-11-14T22:14:20Z",
    }
    first, second = document["agents"]
    assert first["settings"]["options"]["num_gpu"] == 80
    assert first["settings"]["options"]["num_ctx"] is None
    assert (first["findings"], first["recommendations"]) == (2, 1)
    assert second["findings"] is None
    derived = first["requests"][0]["derived"]
    assert derived["ttft_ms"] == 620.0
    assert derived["ttft_parts_ms"] == {
        "queue": 100.0,
        "load": 200.0,
        "prefill": 300.0,
        "first_decode": 20.0,
        "rest": 0.0,
        "clamped": 0.0,
    }
    assert derived["decode_rate_tokens_per_s"] == 49.5
    assert derived["throughput_tokens_per_s"] == 50.0
    assert derived["tpot_ms"] == 20.0
    assert first["requests"][0]["server"]["eval_ns"] == 2_000_000_000
    assert first["totals"]["mean_ttft_ms"] == 620.0


def test_what_was_not_reported_is_null_and_the_error_is_told() -> None:
    document = run_document(summary(outcome(), failed(), state=RunState.FAILED))
    agent = document["agents"][1]
    derived = agent["requests"][0]["derived"]
    assert derived.pop("prefill_rate_withheld") == "the server did not count the prompt's tokens"
    assert set(derived.values()) == {None}
    assert set(agent["requests"][0]["server"].values()) == {None}
    assert {key for key, value in agent["totals"].items() if value is not None} == {
        "requests",
        "ttft_ms",
        "clamped_requests",
    }
    assert agent["totals"]["ttft_ms"] == [None]
    assert agent["error"]["code"] == "stream_cut"
    assert document["files"] is None
    assert document["folder"] is None


def test_a_run_is_read_back_equal() -> None:
    options = Options(num_gpu=20, num_ctx=1024, temperature=0.7, seed=3)
    run = replace(
        summary(outcome(AgentId.A, options=options), failed(), simulated=True, state=RunState.CANCELLED),
        mode="sequence",
        folder="/tmp/x",
    )
    assert read_run_document(to_json(run_document(run))) == run


def test_numbers_json_can_not_say_are_refused() -> None:
    document = run_document(summary(replace(outcome(), requests=(request("analysis"),))))
    document["wall_s"] = float("nan")
    with pytest.raises(ValueError, match="JSON"):
        to_json(document)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "can not be understood"),
        ("[" * 100_000, "can not be understood"),
        ("[]", "no chimera.run document"),
        ('{"schema": "chimera.run", "version": 99}', "version 99"),
        ('{"schema": "chimera.run", "version": 1}', "lacks 'run_id'"),
    ],
)
def test_other_documents_are_refused_with_the_reason(text: str, what: str) -> None:
    with pytest.raises(FileNotReadable) as caught:
        read_run_document(text, "metrics.json")
    assert what in caught.value.info.what


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(run=runs)
def test_every_field_of_any_run_is_read_back_equal(run: RunSummary) -> None:
    assert read_run_document(to_json(run_document(run))) == run
