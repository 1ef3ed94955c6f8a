"""One run told in full, as lines: requests, waits, flags, settings, hardware, where the reports are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from rich.cells import cell_len

from chimera_tui.domain.environment import Environment, ModelFacts
from chimera_tui.domain.flags import tally
from chimera_tui.domain.metrics import Offload, RequestMetrics
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.domain.telemetry import Spread, TelemetrySummary
from chimera_tui.tui import formatting
from chimera_tui.tui.run_words import RUN_SIGNS, campaign_words, series_words, settings_text, when_text
from chimera_tui.tui.statistics_lines import Told, itl_line, statistics_lines
from chimera_tui.tui.tally_words import score_text, verdict_counts
from chimera_tui.tui.widgets.history_columns import columns_for, header_line, row_line
from chimera_tui.tui.widgets.lines import Line, fit, line_width
from chimera_tui.tui.widgets.lines_scroll import wrapped
from chimera_tui.tui.widgets.metrics_cells import asked_text, layers_known

Itl = Callable[[AgentId], Line]
"""The latency between an agent's tokens, as a line."""

IN_FULL = 20
"""Runs of a series: a thousand would take a second, at each change of the width."""
_LABEL = 25
_WIDE = 96
"""Width from which the table of requests has room between its columns."""
_REQUEST_COLUMNS: tuple[tuple[str, int, Callable[[RequestMetrics], str]], ...] = (
    ("tok/s", 6, lambda r: formatting.sig3(r.decode_rate)),
    ("tokens", 6, lambda r: formatting.count(r.server.eval_tokens)),
    ("TTFT", 7, lambda r: formatting.duration(r.ttft_ns)),
    ("= queue", 8, lambda r: _part(r, "queue_ns")),
    ("+ load", 7, lambda r: _part(r, "load_ns")),
    ("+ prefill", 9, lambda r: _part(r, "prefill_ns")),
    ("+ step", 7, lambda r: _part(r, "first_decode_ns")),
    ("+ rest", 7, lambda r: _part(r, "rest_ns")),
)


def run_lines(run: RunSummary, width: int, told: Told = None) -> list[Line]:
    """The whole account of a run; nothing is wider than `width` but tables. `told` is of this run."""
    return _account(run, width, lambda agent: itl_line(agent, told, width))


def series_lines(runs: Sequence[RunSummary], width: int, told: Told = None) -> list[Line]:
    """What a series comes to, its runs beside each other, then the newest in full. `told` is of the series."""
    columns = columns_for(width)
    lines = [*statistics_lines(told, width), header_line(columns)]
    lines += [*(row_line(run, columns, marked=False) for run in runs), ()]
    for run in runs[:IN_FULL]:
        lines += [(("─" * width, "dim"),), *_account(run, width)]
    if len(runs) > IN_FULL:
        rest = f"The {IN_FULL} newest runs are told in full; Enter in the history tells any other."
        lines += wrapped(rest, width, "dim")
    return lines


def _account(run: RunSummary, width: int, itl: Itl | None = None) -> list[Line]:
    return [
        *_head(run, width),
        *_flags(run, width),
        *(line for outcome in run.agents for line in _agent(outcome, width, itl)),
        *_telemetry(run.telemetry, run.energy_per_token_j),
        *_environment(run.environment, width),
    ]


def _head(run: RunSummary, width: int) -> Iterator[Line]:
    sign, word, style = RUN_SIGNS[run.state]
    facts = [f"{when_text(run)} UTC", run.mode if len(run.agents) > 1 else "one agent"]
    if run.wall_ns:
        facts.append(f"took {formatting.duration(run.wall_ns)}")
    if run.series is not None:
        facts.append(f"series {run.series.series_id}: {series_words(run.series)}")
    if (place := run.campaign) is not None:
        facts.append(f"campaign {place.campaign_id}, cell {place.cell}: {campaign_words(place)}")
    if run.simulated:
        facts.append("simulated")
    head = (f"{sign} run {run.run_id} {word}", style)
    about = wrapped(" · ".join(facts), width, "value", indent=line_width((head,)) + 3)
    yield (head, (about[0][0][0][line_width((head,)) :], "value"))
    yield from about[1:]
    where = f"reports saved in {printable(run.folder)}" if run.folder else "no reports were saved"
    yield from wrapped(where, width, "dim")
    if run.overlap_efficiency is not None:
        text = (
            f"overlap efficiency {formatting.percent(run.overlap_efficiency)}: both spans over twice the wall time"
        )
        yield from wrapped(f"{text}; no speedup: that needs runs of each agent alone", width, "dim")
    yield ()


def _flags(run: RunSummary, width: int) -> Iterator[Line]:
    if run.is_clean is None:
        yield from wrapped(run.verdict, width, "dim")
        yield ()
    if not run.flags:
        return
    remark = "   none keeps it out of comparisons" if run.is_clean else ""
    count = f"   {tally(run.flags)}"
    yield (("what to read the numbers with", "title"), (count, "value"), (remark, "dim"))
    for flag in run.flags:
        who = f"{flag.agent.label} {flag.step or ''}".strip() if flag.agent else "run"
        head: Line = (
            (f"  {flag.cause.sign} ", "warn" if flag.cause.disturbs else "dim"),
            (fit(who, 11), "label"),
            (f" {flag.cause.value}", "strong"),
        )
        told = printable(flag.text)
        if line_width(head) + 2 + cell_len(told) <= width:
            yield (*head, (f"  {told}", "value"))
        else:
            yield head
            yield from wrapped(told, width, "value", indent=16)
    yield ()


def _agent(outcome: AgentOutcome, width: int, itl: Itl | None) -> Iterator[Line]:
    state = f"{outcome.state.value}, {outcome.files_analysed} files, {formatting.duration(outcome.span_ns)}"
    yield ((f"agent {outcome.agent.label}", "title"), (f"   {state}", "value"))
    yield from wrapped(settings_text(outcome.settings), width, "value")
    if outcome.error is not None:
        yield from wrapped(f"✗ {printable(outcome.error.sentence())}", width, "bad")
    if outcome.facts_cut:
        yield from wrapped(f"! {printable(outcome.facts_cut)}", width, "warn")
    mended = (outcome.repair.request,) if outcome.repair and outcome.repair.request else ()
    yield from _requests((*outcome.requests, *mended), " " if width < _WIDE else "   ")
    if len(outcome.requests) > 1:
        totals = outcome.totals
        mean = f"{formatting.rate(totals.decode_rate)} · mean TTFT {formatting.duration(totals.mean_ttft_ns)}"
        yield (("  both      ", "label"), (f"{mean} · {formatting.count(totals.tokens)} tokens", "value"))
    if itl is not None and outcome.requests:
        yield itl(outcome.agent)
    if outcome.offload is not None:
        yield (("  offload   ", "label"), (_offload(outcome.offload), "value"))
    yield from _grounding(outcome, width)
    yield ()


def _grounding(outcome: AgentOutcome, width: int) -> Iterator[Line]:
    """What became of the report's numbers, what else is wrong with it, and what came of mending it."""
    if (told := outcome.grounding) is not None:
        score = f" · {score_text(told)} supported" if told.claims else " · no number to check"
        yield (
            ("  numbers   ", "label"),
            (verdict_counts(told), "bad" if told.contradicted else "value"),
            (score, "value"),
        )
    if (repair := outcome.repair) is not None:
        yield from wrapped(f"repair: {printable(repair.why)}", width, "value", indent=2)
    for remark in outcome.remarks:
        where = f"line {remark.line}: " if remark.line else ""
        yield from wrapped(f"! {where}{printable(remark.text)}", width, "warn", indent=2)


def _offload(offload: Offload) -> str:
    """`num_gpu 80 → all 35 layers · 100 % of 4.00 GB in VRAM`; how many are in effect only where it is known."""
    asked = asked_text(offload.requested)
    told = "automatic" if asked == "auto" else f"num_gpu {asked}"
    layers, every = layers_known(offload), offload.layers_all
    if layers is not None:
        told += f" → {f'all {layers}' if layers == every else f'{layers} of {every}'} layers"
    share = offload.measured_share
    if share is None:
        return f"{told} · share in VRAM not reported"
    return f"{told} · {formatting.percent(share)} of {formatting.size(offload.size_bytes)} in VRAM"


def _requests(requests: Sequence[RequestMetrics], gap: str) -> Iterator[Line]:
    if not requests:
        yield (("  no request was finished", "dim"),)
        return
    titles = gap.join(fit(title, width, right=True) for title, width, _ in _REQUEST_COLUMNS)
    yield ((f"  {'':<8}{gap}{titles}", "label"),)
    for request in requests:
        cells = gap.join(fit(tell(request), width, right=True) for _, width, tell in _REQUEST_COLUMNS)
        yield ((f"  {request.step:<8}{gap}", "label"), (cells, "value"))
    for request in requests:
        if request.first_answer_ns is not None and request.first_answer_ns != request.ttft_ns:
            yield _pair(f"{request.step}: answer", f"first after {formatting.duration(request.first_answer_ns)}")


def _part(request: RequestMetrics, name: str) -> str:
    parts = request.ttft_parts
    return formatting.MISSING if parts is None else formatting.duration(getattr(parts, name))


def _telemetry(summary: TelemetrySummary | None, joule_per_token: float | None) -> Iterator[Line]:
    if summary is None:
        return
    yield (
        ("hardware", "title"),
        (f"   {summary.samples} samples over {formatting.sig3(summary.seconds)} s", "dim"),
    )
    yield ((f"  {'':<{_LABEL}}{'min':>10}{'mean':>10}{'max':>10}", "label"),)
    for gpu in summary.gpus:
        which = f"{gpu.index}" if gpu.mig_index is None else f"{gpu.index}, slice {gpu.mig_index}"
        yield ((f"  GPU {which} {printable(gpu.name)}", "strong"),)
        yield from _spread("utilisation, %", gpu.utilisation_percent)
        yield from _spread("memory", gpu.memory_used_bytes, formatting.size)
        yield from _spread("power, W", gpu.power_w)
        yield from _spread("temperature, °C", gpu.temperature_c)
        yield from _spread("SM clock, MHz", gpu.sm_clock_mhz)
        if gpu.throttle:
            yield _pair("slowed down by", ", ".join(gpu.throttle))
        if gpu.other_processes:
            yield _pair("other processes", printable(", ".join(gpu.other_processes)))
    yield from _spread("CPU, % of all cores", summary.cpu_percent)
    yield from _spread("memory", summary.memory_used_bytes, formatting.size)
    yield from _spread("load, 1 min", summary.load_1m)
    yield from _spread("own CPU, % of one core", summary.own_cpu_percent)
    if joule_per_token is not None:
        yield _pair("energy", f"{formatting.sig3(joule_per_token)} J per token, all GPUs")
    yield ()


def _spread(name: str, spread: Spread | None, tell: Callable[[float], str] = formatting.sig3) -> Iterator[Line]:
    """A row of min, mean, max; no row for what was not reported."""
    if spread is not None:
        cells = "".join(f"{tell(value):>10}" for value in (spread.min, spread.mean, spread.max))
        yield ((fit(f"  {name}", _LABEL + 2), "label"), (cells, "value"))


def _environment(environment: Environment | None, width: int) -> Iterator[Line]:
    if environment is None:
        return
    host = environment.host
    yield (("surroundings", "title"),)
    rows = [
        ("machine", f"{host.hostname or host.hostname_hash} · {host.os} · {host.kernel}"),
        ("CPU", f"{host.cpu} · {formatting.count(host.cpu_cores)} cores"),
        ("memory", formatting.size(host.memory_total_bytes)),
        *(
            (f"GPU {n}", f"{gpu.name} · {formatting.size(gpu.memory_total_bytes)}")
            for n, gpu in enumerate(host.gpus)
        ),
        ("driver", " · ".join(filter(None, (host.driver, host.cuda and f"CUDA {host.cuda}")))),
        *((f"model of {model.agent.upper()}", _model(model)) for model in environment.models),
        *((name, value) for name, value in host.ollama_environment),
        *((f"prompt of {agent.upper()}", f"sha256 {digest}") for agent, digest in environment.prompt_digests),
        ("chimera", " · ".join(filter(None, (environment.version, environment.commit[:12])))),
    ]
    for name, text in rows:
        if text:
            yield _pair(name, formatting.crop(printable(text), max(20, width - _LABEL - 2)))


def _model(model: ModelFacts) -> str:
    layers = "" if model.block_count is None else f"{model.block_count + 1} layers"
    server = model.server_version and f"Ollama {model.server_version}"
    facts = (model.name, model.parameter_size, model.quantization, layers, model.digest[:12], server)
    return " · ".join(filter(None, facts))


def _pair(name: str, text: str) -> Line:
    return ((fit(f"  {name}", _LABEL + 2), "label"), (text, "value"))
