"""One run as one JSON document: `metrics.json`, and what `chimera run --json` prints."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.figures import LARGEST
from chimera_tui.domain.inventory import Totals
from chimera_tui.domain.metrics import RequestMetrics, total_of
from chimera_tui.domain.names import FileKind, harmless_json
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.domain.wire import adapter
from chimera_tui.formats.finding_facts import finding_facts
from chimera_tui.formats.markdown_structure import Statements
from chimera_tui.formats.metrics_grounding import (
    UNCHECKED,
    Grounding,
    finding_document,
    grounding_document,
    read_grounding,
    read_repair,
    repair_document,
)
from chimera_tui.formats.metrics_request import (
    offload_document,
    options_document,
    request_document,
    totals_document,
)
from chimera_tui.formats.metrics_surroundings import (
    campaign_document,
    environment_document,
    flag_document,
    read_campaign,
    read_environment,
    read_flag,
    read_series,
    read_telemetry,
    series_document,
    telemetry_document,
)

SCHEMA = "chimera.run"
VERSION = 1

Document = dict[str, Any]


def run_document(
    summary: RunSummary,
    stated: Mapping[AgentId, Statements] | None = None,
    files: Totals | None = None,
    grounding: Mapping[AgentId, Grounding] | None = None,
) -> Document:
    """The run as plain JSON values. Names carry units; what was not reported is null, never 0.

    `stated` gives findings and recommendations, `files` the inventory by kind, `grounding` the single numbers
    that were checked; null without them.
    """
    return {
        "schema": SCHEMA,
        "version": VERSION,
        "run_id": summary.run_id,
        "state": summary.state.value,
        "simulated": summary.simulated,
        "mode": summary.mode,
        "started_utc": summary.started_utc.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "wall_ns": summary.wall_ns,
        "wall_s": summary.wall_ns / 1e9,
        "overlap_efficiency": summary.overlap_efficiency,
        "folder": summary.folder or None,
        "series": series_document(summary.series),
        "campaign": campaign_document(summary.campaign),
        "clean": summary.is_clean,
        "flags": [flag_document(flag) for flag in summary.flags],
        "files": None if files is None else _files(files),
        "agents": [
            _agent(outcome, (stated or {}).get(outcome.agent), (grounding or {}).get(outcome.agent, UNCHECKED))
            for outcome in summary.agents
        ],
        "telemetry": telemetry_document(summary),
        "environment": environment_document(summary.environment),
    }


def to_json(document: Document) -> str:
    """Indented, with a final newline; ValueError for NaN or infinity, which JSON can not say."""
    return harmless_json(json.dumps(document, indent=2, allow_nan=False)) + "\n"


def read_run_document(text: str, where: str = "") -> RunSummary:
    """The run behind a document; derived numbers are computed anew. FileNotReadable when it is none of ours."""
    try:
        document = json.loads(text, parse_int=_integer, parse_float=_float, parse_constant=_float)
        if not isinstance(document, dict) or document.get("schema") != SCHEMA:
            raise _unreadable(f"this is no {SCHEMA} document", where)
        if document.get("version") != VERSION:
            raise _unreadable(f"version {document.get('version')!r} of {SCHEMA} is not known here", where)
        return _summary(document)
    except KeyError as error:
        raise _unreadable(f"this {SCHEMA} document lacks {error}", where) from error
    except (ValidationError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise _unreadable(
            f"this {SCHEMA} document can not be understood: {str(error).splitlines()[0]}", where
        ) from error


def _integer(text: str) -> int:
    value = int(text)
    if abs(value) > LARGEST:
        raise ValueError("a number is larger than any counter")
    return value


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is no number")
    return value


def _files(totals: Totals) -> Document:
    kinds = (FileKind.CSV, FileKind.JSON, FileKind.MD)
    latest = totals.benchmark.latest_mtime_ns
    return {
        "total": totals.benchmark.count,
        **{kind.value: totals.by_kind[kind].count for kind in kinds},
        "size_bytes": totals.benchmark.size_bytes,
        "latest_modified_utc": None
        if latest is None
        else f"{datetime.fromtimestamp(latest // 1_000_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}",
    }


def _agent(outcome: AgentOutcome, stated: Statements | None, grounding: Grounding) -> Document:
    return {
        "agent": outcome.agent.value,
        "state": outcome.state.value,
        "settings": adapter(AgentSettings).dump_python(outcome.settings, mode="json"),
        "files_analysed": outcome.files_analysed,
        "facts_cut": outcome.facts_cut or None,
        "options": options_document(outcome.settings, outcome.offload),
        "offload": None if outcome.offload is None else offload_document(outcome.offload),
        "execution": {
            "ingest_ns": outcome.ingest_ns,
            "analysis_ns": outcome.analysis_ns,
            "report_ns": outcome.report_ns,
            "span_ns": outcome.span_ns,
            "span_s": outcome.span_ns / 1e9,
        },
        "requests": [request_document(request) for request in outcome.requests],
        "totals": totals_document(outcome.totals, outcome.requests),
        "findings": None if stated is None else len(stated.findings),
        "recommendations": None if stated is None else len(stated.recommendations),
        "key_findings": None
        if stated is None
        else [finding_document(each) for each in finding_facts(stated, grounding.checked)],
        "grounding": grounding_document(outcome, grounding),
        "repair": repair_document(outcome.repair, grounding),
        "error": None
        if outcome.error is None
        else {
            "code": outcome.error.code,
            "what": outcome.error.what,
            "where": outcome.error.where,
            "next": outcome.error.next,
        },
    }


def _summary(document: Document) -> RunSummary:
    return RunSummary(
        run_id=str(document["run_id"]),
        state=RunState(document["state"]),
        mode="sequence" if document["mode"] == "sequence" else "together",
        started_utc=datetime.fromisoformat(document["started_utc"]),
        wall_ns=int(document["wall_ns"]),
        simulated=bool(document["simulated"]),
        folder=str(document["folder"] or ""),
        agents=tuple(_outcome(agent) for agent in document["agents"]),
        # documents of the first release have none of these
        flags=tuple(read_flag(flag) for flag in document.get("flags") or ()),
        telemetry=read_telemetry(document.get("telemetry")),
        environment=read_environment(document.get("environment")),
        series=read_series(document.get("series")),
        campaign=read_campaign(document.get("campaign")),
    )


def _outcome(document: Document) -> AgentOutcome:
    requests = tuple(adapter(RequestMetrics).validate_python(request) for request in document["requests"])
    execution = document["execution"]
    tally, remarks = read_grounding(document.get("grounding"))
    known = {
        **{key: document[key] for key in ("agent", "state", "settings", "files_analysed", "error")},
        **{key: execution[key] for key in ("ingest_ns", "analysis_ns", "report_ns")},
        "facts_cut": document["facts_cut"] or "",
        "offload": document["offload"],
        "requests": requests,
        "totals": total_of(requests),
        "grounding": tally,
        "remarks": remarks,
        "repair": read_repair(document.get("repair")),
    }
    outcome: AgentOutcome = adapter(AgentOutcome).validate_python(known)
    return outcome


def _unreadable(what: str, where: str) -> FileNotReadable:
    return FileNotReadable(what, where=where, next_="Give the metrics.json of a chimera_runs folder.")
