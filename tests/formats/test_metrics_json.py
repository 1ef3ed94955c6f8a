"""One run as one JSON document."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.inventory import FileEntry, totals_of
from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.options import OPTION_SPECS, AgentId, Options
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.telemetry import Spread
from chimera_tui.domain.timings import ClientTimings, ServerTimings
from chimera_tui.formats.markdown_structure import Statements, statements
from chimera_tui.formats.metrics_grounding import Grounding
from chimera_tui.formats.metrics_json import read_run_document, run_document, to_json
from chimera_tui.formats.metrics_request import request_document
from tests.formats.records import (
    CHECKED,
    ENVIRONMENT,
    FLAGS,
    GROUNDED,
    MS,
    TELEMETRY,
    equipped,
    failed,
    grounded,
    outcome,
    request,
    summary,
    unreported,
)
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
        ('{"wall_ns": NaN}', "NaN is no number"),
        ('{"wall_s": 1e999}', "1e999 is no number"),
        (f'{{"wall_ns": {"9" * 400}}}', "larger than any counter"),
        (f'{{"wall_ns": {"9" * 5000}}}', "can not be understood"),
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


@given(server=st.builds(ServerTimings, *[st.integers(1, 10**12)] * 7), ttft_ns=st.integers(1, 10**12))
def test_the_five_parts_of_every_saved_request_sum_to_its_ttft(server: ServerTimings, ttft_ns: int) -> None:
    client = ClientTimings(7, 7 + ttft_ns, 7 + ttft_ns, 8 + ttft_ns, 9 + ttft_ns, 2)
    derived = request_document(RequestMetrics("report", server, client, "stop"))["derived"]
    parts = derived["ttft_parts_ms"]
    clamped = parts.pop("clamped")
    assert len(parts) == 5
    assert sum(parts.values()) == pytest.approx(derived["ttft_ms"])
    assert min(clamped, *parts.values()) >= 0


def keys_of(value: object) -> set[str]:
    """Every key of a document, all the way down."""
    if isinstance(value, dict):
        return set(value).union(*map(keys_of, value.values()))
    return set().union(*map(keys_of, value)) if isinstance(value, list) else set()


def test_every_field_is_explained_in_the_documentation(repository: Path) -> None:
    named = replace(ENVIRONMENT, host=replace(ENVIRONMENT.host, hostname="box", ollama_environment=()))
    run = replace(equipped(), environment=replace(named, prompt_digests=()))
    mended = replace(grounded(), offload=run.agents[0].offload)
    said, found = statements(GROUNDED), Grounding(CHECKED, CHECKED.numbers[1:2], "agent_a_unrepaired.md")
    document = run_document(replace(run, agents=(mended, failed())), {AgentId.A: said}, FILES, {AgentId.A: found})
    explained = (repository / "docs" / "metrics.md").read_text(encoding="utf-8")
    words = {word for quoted in re.findall(r"`([^`\n]+)`", explained) for word in re.split(r"\W+", quoted)}
    names = keys_of(document) - {spec.name for spec in OPTION_SPECS}
    assert len(names) > 100
    assert sorted(names - words) == []


def test_flags_tell_code_words_and_wait() -> None:
    document = run_document(equipped())
    assert document["clean"] is False
    assert document["flags"] == [
        {
            "code": "queued",
            "cause": "queued behind the other agent",
            "disturbs": True,
            "agent": "b",
            "step": "analysis",
            "text": "waited 24.5 s behind A",
            "wait_ns": 24_500_000_000,
            "wait_ms": 24500.0,
        },
        {
            "code": "other_gpu_process",
            "cause": "other GPU processes",
            "disturbs": True,
            "agent": None,
            "step": None,
            "text": "train.py had memory of GPU 0",
            "wait_ns": None,
            "wait_ms": None,
        },
        {
            "code": "prompt_cached",
            "cause": "cached prompt",
            "disturbs": False,
            "agent": "a",
            "step": "report",
            "text": "890 of 900 tokens",
            "wait_ns": None,
            "wait_ms": None,
        },
    ]
    assert run_document(replace(equipped(), flags=FLAGS[2:]))["clean"] is True
    assert run_document(summary())["clean"] is True
    assert document["series"] == {"series_id": "q7w2e9", "index": 2, "of": 5, "role": "measured"}


def test_a_run_that_could_show_no_disturbance_is_neither_clean_nor_not() -> None:
    silent = summary(outcome(AgentId.A, requests=(unreported("analysis"),)))
    assert run_document(silent)["clean"] is None
    assert json.loads(to_json(run_document(silent)))["clean"] is None
    stopped = run_document(summary(state=RunState.CANCELLED))
    assert (stopped["clean"], stopped["overlap_efficiency"]) == (None, None)


def test_telemetry_has_spreads_and_energy_per_token() -> None:
    telemetry = run_document(equipped())["telemetry"]
    assert telemetry["gpus"][0]["power_w"] == {"min": 80.0, "mean": 300.25, "max": 400.0, "samples": 7}
    assert telemetry["gpus"][0]["temperature_c"] is None
    assert telemetry["energy_j"] == 1801.5
    assert telemetry["energy_per_token_j"] == pytest.approx(1801.5 / 480)


def test_a_spread_that_is_no_number_is_not_reported() -> None:
    gpu = replace(TELEMETRY.gpus[0], power_w=Spread(1.0, float("nan"), float("inf"), 2))
    odd = replace(TELEMETRY, gpus=(gpu,), load_1m=Spread(0.0, float("inf"), 1.0, 2), energy_j=float("nan"))
    read = read_run_document(to_json(run_document(replace(equipped(), telemetry=odd)))).telemetry
    assert read is not None
    assert (read.gpus[0].power_w, read.load_1m, read.energy_j) == (None, None, None)
    assert read.gpus[0].sm_clock_mhz == gpu.sm_clock_mhz


def test_the_environment_names_the_machine_only_when_asked_and_what_nobody_told_is_null() -> None:
    environment = run_document(equipped())["environment"]
    assert "hostname" not in environment["host"]
    assert environment["host"]["ollama_environment"] == {"OLLAMA_NUM_PARALLEL": "1", "OLLAMA_LLM_LIBRARY": ""}
    assert environment["prompt_digests"] == {"a": "aaaaaaaaaaaa", "b": "bbbbbbbbbbbb"}
    assert environment["models"][1]["server_version"] is None
    assert environment["models"][1]["digest"] is None
    named = replace(ENVIRONMENT, host=replace(ENVIRONMENT.host, hostname="box"))
    document = run_document(replace(equipped(), environment=named))
    assert document["environment"]["host"]["hostname"] == "box"


def test_options_tell_what_was_asked_for_what_is_in_effect_and_how_that_is_known() -> None:
    first, second = (agent["options"] for agent in run_document(equipped())["agents"])
    assert first["num_gpu"] == {
        "requested": 80,
        "server_default": "automatic, or what the loaded model has",
        "in_effect": 35,
        "effect_known_by": "num_gpu and the model's block count",
    }
    assert (first["num_ctx"]["requested"], first["num_ctx"]["in_effect"]) == (None, 4096)
    assert (first["temperature"]["in_effect"], first["temperature"]["effect_known_by"]) == (0.8, "request")
    assert first["top_k"]["server_default"] == "40, unless the model brings its own"
    assert (first["top_k"]["in_effect"], first["top_k"]["effect_known_by"]) == (None, None)
    assert second["num_gpu"]["in_effect"] is None


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (ServerTimings(prompt_ns=5), "did not count"),
        (ServerTimings(prompt_tokens=9), "how long"),
        (ServerTimings(prompt_tokens=9, prompt_ns=-1), "how long"),
        (ServerTimings(prompt_tokens=9, prompt_ns=5), "how many of the prompt's tokens came from its cache"),
        (ServerTimings(prompt_tokens=9, prompt_ns=5, prompt_cached_tokens=9), "every token"),
        (ServerTimings(prompt_tokens=9, prompt_ns=5, prompt_cached_tokens=10), "do not fit together"),
        (ServerTimings(prompt_tokens=9, prompt_ns=5, prompt_cached_tokens=-1), "do not fit together"),
        (ServerTimings(prompt_tokens=9, prompt_ns=5, prompt_cached_tokens=1), "beyond belief"),
    ],
)
def test_a_prefill_rate_that_is_withheld_has_a_reason(server: ServerTimings, reason: str) -> None:
    derived = request_document(replace(request("analysis"), server=server))["derived"]
    assert derived["prefill_rate_tokens_per_s"] is None
    assert reason in derived["prefill_rate_withheld"]


def test_a_prefill_rate_of_uncached_tokens_needs_no_reason() -> None:
    server = ServerTimings(prompt_tokens=300, prompt_ns=MS, prompt_cached_tokens=100)
    derived = request_document(replace(request("analysis"), server=server))["derived"]
    assert derived["prefill_rate_tokens_per_s"] == pytest.approx(200_000)
    assert derived["prefill_rate_withheld"] is None


def test_the_first_thought_and_the_first_answer_stand_apart() -> None:
    thinking = replace(request("report"), client=ClientTimings(0, 100 * MS, 700 * MS, 900 * MS, 901 * MS, 9))
    only_thought = replace(request("report"), client=ClientTimings(0, 100 * MS, None, 900 * MS, 901 * MS, 9))
    found = []
    for each in (thinking, only_thought, request("report")):
        derived = request_document(each)["derived"]
        found.append((derived["ttft_ms"], derived["first_thought_ms"], derived["first_answer_ms"]))
    assert found == [(100.0, 100.0, 700.0), (100.0, 100.0, None), (620.0, None, 620.0)]


def test_parts_that_overran_the_whole_are_clamped_and_counted() -> None:
    hurried = replace(request("analysis"), client=ClientTimings(0, 500 * MS, 500 * MS, 900 * MS, 901 * MS, 9))
    agent = run_document(summary(outcome(requests=(hurried, request("report")))))["agents"][0]
    parts = agent["requests"][0]["derived"]["ttft_parts_ms"]
    assert parts == {
        "queue": 0.0,
        "load": 200.0,
        "prefill": 300.0,
        "first_decode": 0.0,
        "rest": 0.0,
        "clamped": 100.0,
    }
    assert agent["totals"]["clamped_requests"] == 1


def test_a_document_of_the_first_release_is_read() -> None:
    document = run_document(summary())
    for name in ("clean", "flags", "telemetry", "environment", "series"):
        del document[name]
    for agent in document["agents"]:
        del agent["options"], agent["grounding"], agent["key_findings"], agent["repair"]
    assert read_run_document(to_json(document)) == summary()


def test_a_flag_of_a_newer_release_is_named() -> None:
    document = run_document(equipped())
    document["flags"][0]["code"] = "eclipse"
    with pytest.raises(FileNotReadable, match="'eclipse' is not known here"):
        read_run_document(to_json(document))


@pytest.mark.parametrize("name", ["telemetry", "environment", "series", "flags", "agents"])
@pytest.mark.parametrize("value", [[1], "x", 7, {"host": 3, "models": []}, [{"code": 1}]])
def test_a_damaged_part_is_refused_with_a_reason(name: str, value: object) -> None:
    with pytest.raises(FileNotReadable):
        read_run_document(to_json({**run_document(equipped()), name: value}))
