"""One request, one agent's totals and its options, as `metrics.json` holds them."""

from __future__ import annotations

from typing import Any

from chimera_tui.domain.figures import above_zero
from chimera_tui.domain.metrics import AgentTotals, Offload, RequestMetrics, TtftParts
from chimera_tui.domain.options import OPTION_SPECS, AgentSettings, OptionValue
from chimera_tui.domain.wire import adapter

Document = dict[str, Any]

SERVER_WORDS = {"num_gpu": "automatic, or what the loaded model has", "num_ctx": "by VRAM"}
"""Server defaults that are no value."""


def request_document(request: RequestMetrics) -> Document:
    """What was reported and seen (`server`, `client`), and what follows from it (`derived`)."""
    document: Document = adapter(RequestMetrics).dump_python(request, mode="json")
    document["derived"] = {
        "ttft_ms": ms(request.ttft_ns),
        "ttft_parts_ms": None if request.ttft_parts is None else _parts(request.ttft_parts),
        "first_thought_ms": ms(first_thought_ns(request)),
        "first_answer_ms": ms(request.first_answer_ns),
        "decode_rate_tokens_per_s": request.decode_rate,
        "throughput_tokens_per_s": request.throughput,
        "arrival_rate_chunks_per_s": request.arrival_rate,
        "prefill_rate_tokens_per_s": request.prefill_rate,
        "prefill_rate_withheld": prefill_withheld(request),
        "queue_ms": ms(request.queue_ns),
        "tpot_ms": ms(request.tpot_ns),
    }
    return document


def first_thought_ns(request: RequestMetrics) -> int | None:
    """Request sent → first chunk of thinking; None when the model answered without thinking first."""
    client = request.client
    return None if client.first_content_ns == client.first_answer_ns else request.ttft_ns


def prefill_withheld(request: RequestMetrics) -> str | None:
    """Why there is no prefill rate; None when there is one."""
    if request.prefill_rate is not None:
        return None
    server = request.server
    if server.prompt_tokens is None:
        return "the server did not count the prompt's tokens"
    if not above_zero(server.prompt_ns):
        return "the server did not report how long the prompt took"
    if server.prompt_cached_tokens is None:
        return "the server does not say how many of the prompt's tokens came from its cache"
    if not 0 <= server.prompt_cached_tokens <= server.prompt_tokens:
        return "the server's counts of all and of cached tokens of the prompt do not fit together"
    if server.prompt_cached_tokens == server.prompt_tokens:
        return "every token of the prompt came from the server's cache"
    return "the server's figures give a rate beyond belief"


def totals_document(totals: AgentTotals, requests: tuple[RequestMetrics, ...]) -> Document:
    parts = [request.ttft_parts for request in requests]
    return {
        "requests": totals.requests,
        "tokens": totals.tokens,
        "prompt_tokens": totals.prompt_tokens,
        "total_ms": ms(totals.total_ns),
        "load_ms": ms(totals.load_ns),
        "prompt_eval_ms": ms(totals.prompt_ns),
        "eval_ms": ms(totals.eval_ns),
        "queue_ms": ms(totals.queue_ns),
        "decode_rate_tokens_per_s": totals.decode_rate,
        "throughput_tokens_per_s": totals.throughput,
        "mean_of_rates_tokens_per_s": totals.mean_of_rates,
        "ttft_ms": [ms(ttft) for ttft in totals.ttft_ns],
        "mean_ttft_ms": ms(totals.mean_ttft_ns),
        "clamped_requests": sum(1 for each in parts if each is not None and each.clamped_ns > 0),
    }


def options_document(settings: AgentSettings, offload: Offload | None) -> Document:
    """Per option: what was asked for, what the server does without it, and what is known to be in effect."""
    measured = {
        "num_gpu": offload.layers_in_effect if offload else None,
        "num_ctx": offload.context_length if offload else None,
    }
    return {
        spec.name: {
            "requested": (value := settings.options.get(spec.name)),
            "server_default": _server_default(spec.name, spec.server_default),
            "in_effect": measured.get(spec.name, value),
            "effect_known_by": _known_by(spec.name, value, measured),
        }
        for spec in OPTION_SPECS
    }


def offload_document(offload: Offload) -> Document:
    """Asked for, in effect, and measured by `/api/ps`."""
    return {
        **adapter(Offload).dump_python(offload, mode="json"),
        "layers_all": offload.layers_all,
        "layers_in_effect": offload.layers_in_effect,
        "vram_share": offload.measured_share,
    }


def ms(value_ns: float | None) -> float | None:
    return None if value_ns is None else value_ns / 1e6


def _parts(parts: TtftParts) -> Document:
    return {
        "queue": ms(parts.queue_ns),
        "load": ms(parts.load_ns),
        "prefill": ms(parts.prefill_ns),
        "first_decode": ms(parts.first_decode_ns),
        "rest": ms(parts.rest_ns),
        "clamped": ms(parts.clamped_ns),
    }


def _server_default(name: str, value: str) -> str:
    """A model's own parameters stand between the server's default and the request."""
    return SERVER_WORDS.get(name, f"{value}, unless the model brings its own")


def _known_by(name: str, value: OptionValue | None, measured: dict[str, int | None]) -> str | None:
    if name in measured:
        if measured[name] is None:
            return None
        return "/api/ps" if name == "num_ctx" else "num_gpu and the model's block count"
    return None if value is None else "request"
