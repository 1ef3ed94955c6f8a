"""What stood beside a run, as `metrics.json` holds it: flags, telemetry, environment, series or campaign."""

from __future__ import annotations

import math
from dataclasses import fields, replace
from typing import Any, TypeVar

from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.environment import Environment, GpuInfo, HostInfo, ModelFacts
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.runs import RunSummary, SeriesPlace
from chimera_tui.domain.telemetry import TelemetrySummary
from chimera_tui.domain.wire import adapter

Document = dict[str, Any]
T = TypeVar("T")

_PAIRS = ("ollama_environment", "prompt_digests")
"""Fields that are pairs in the domain and objects in JSON."""


def flag_document(flag: Flag) -> Document:
    return {
        "code": flag.cause.name.lower(),
        "cause": flag.cause.value,
        "disturbs": flag.cause.disturbs,
        "agent": None if flag.agent is None else flag.agent.value,
        "step": flag.step,
        "text": flag.text,
        "wait_ns": flag.wait_ns,
        "wait_ms": None if flag.wait_ns is None else flag.wait_ns / 1e6,
    }


def read_flag(document: Document) -> Flag:
    """By its code: the words may change. ValueError for a cause that is not known here."""
    code = str(document["code"])
    cause = Cause.__members__.get(code.upper())
    if cause is None:
        raise ValueError(f"the flag {code!r} is not known here")
    flag: Flag = adapter(Flag).validate_python({**document, "cause": cause})
    return flag


def telemetry_document(summary: RunSummary) -> Document | None:
    """Every spread as `{min, mean, max, samples}`; a value that is no finite number counts as not reported."""
    telemetry = summary.telemetry
    if telemetry is None:
        return None
    document: Document = adapter(TelemetrySummary).dump_python(telemetry, mode="json")
    document["gpus"] = [_finite(gpu) for gpu in document["gpus"]]
    document["energy_per_token_j"] = summary.energy_per_token_j
    return _finite(document)


def read_telemetry(document: Document | None) -> TelemetrySummary | None:
    return None if document is None else adapter(TelemetrySummary).validate_python(document)


def environment_document(environment: Environment | None) -> Document | None:
    """What was not told is null; the host's name is a key only when it was asked for."""
    if environment is None:
        return None
    document = _nulled(adapter(Environment).dump_python(environment, mode="json"))
    host = document["host"]
    if host["hostname"] is None:
        del host["hostname"]
    host["gpus"] = [_nulled(gpu) for gpu in host["gpus"]]
    document["models"] = [_nulled(model) for model in document["models"]]
    return document


def read_environment(document: Document | None) -> Environment | None:
    if document is None:
        return None
    host = document["host"]
    gpus = tuple(_validated(GpuInfo, gpu) for gpu in host.get("gpus") or ())
    parts = {
        "host": replace(_validated(HostInfo, {**host, "gpus": ()}), gpus=gpus),
        "models": tuple(_validated(ModelFacts, model) for model in document["models"]),
    }
    return _validated(Environment, {**document, **parts})


def series_document(series: SeriesPlace | None) -> Document | None:
    return None if series is None else adapter(SeriesPlace).dump_python(series, mode="json")


def read_series(document: Document | None) -> SeriesPlace | None:
    return None if document is None else adapter(SeriesPlace).validate_python(document)


def campaign_document(place: CampaignPlace | None) -> Document | None:
    return None if place is None else adapter(CampaignPlace).dump_python(place, mode="json")


def read_campaign(document: Document | None) -> CampaignPlace | None:
    return None if document is None else adapter(CampaignPlace).validate_python(document)


def _finite(document: Document) -> Document:
    return {key: None if _is_odd(value) else value for key, value in document.items()}


def _is_odd(value: object) -> bool:
    if isinstance(value, dict):
        return any(_is_odd(each) for each in value.values())
    return isinstance(value, float) and not math.isfinite(value)


def _nulled(document: Document) -> Document:
    """Empty texts as null, pairs as one object, all the way down the objects."""
    return {key: _json_value(key, value) for key, value in document.items()}


def _json_value(key: str, value: Any) -> Any:
    if key in _PAIRS:
        return dict(value)
    if isinstance(value, dict):
        return _nulled(value)
    return None if value == "" else value


def _validated(record: type[T], document: Document) -> T:
    """The record with empty texts where the document has null and the domain has texts."""
    texts = {each.name for each in fields(record) if each.type == "str"}  # type: ignore[arg-type]
    values: Document = {key: "" if value is None and key in texts else value for key, value in document.items()}
    for key in _PAIRS:
        if key in values:
            values[key] = tuple((values[key] or {}).items())
    return adapter(record).validate_python(values)
