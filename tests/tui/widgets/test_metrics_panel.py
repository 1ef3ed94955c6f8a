"""The panel of metrics: whose figures they are, what a wait waits for, in as many cells as there are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from chimera_tui.domain.events import Event, SettingsChanged
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.metrics import AgentState, Offload, RequestMetrics, Step
from chimera_tui.domain.options import AgentId, Options
from chimera_tui.domain.run_events import OffloadMeasured, RepairJudged, RunFinished, TelemetrySampled, TextChecked
from chimera_tui.domain.telemetry import HostSample, TelemetrySample
from chimera_tui.domain.verdicts import Tally
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.widgets.agent_header import header_line
from chimera_tui.tui.widgets.metrics_panel import metrics_lines
from tests.tui.scripted import MS, RUN, finished, past, request, settings, started, state
from tests.tui.scripted_checks import CYRILLIC
from tests.tui.scripted_history import CACHED, COLD, run

A, B = AgentId
PANELS = {"80×24": (80, 15), "120×40": (65, 16), "200×50": (81, 16)}
"""Cells of the panel on a terminal of that size."""
HEADERS = (41, 52, 80)
"""Cells over a pane at 120, 140 and 80 columns."""
CONTENDED = "behind agent A, then a reload: num_gpu differs"


def view_of(*events: Event) -> Projection:
    view = Projection()
    for event in (*past(), *events):
        view.apply(event)
    return view


def texts(view: Projection, size: tuple[int, int]) -> list[str]:
    return ["".join(text for text, _ in line) for line in metrics_lines(view, *size)]


def row(view: Projection, size: tuple[int, int], label: str) -> str:
    return next(line for line in texts(view, size) if line.startswith(f" {label}"))


def header(view: Projection, agent: AgentId, width: int) -> str:
    of = view.agents[agent]
    return "".join(text for text, _ in header_line(agent, of.settings, of.metrics, width))


def thinking(step: Step) -> RequestMetrics:
    """The first thought after 1.46 s, the first answer after 3.20 s."""
    plain = request(step, ttft_ms=1_460)
    return replace(plain, client=replace(plain.client, first_answer_ns=plain.client.sent_ns + 3_200 * MS))


@pytest.mark.parametrize("size", PANELS.values(), ids=PANELS)
def test_a_wait_keeps_its_whole_reason_at_every_size(size: tuple[int, int]) -> None:
    waits = state(B, AgentState.QUEUED, step="report", why=CONTENDED, waiting_ns=2_300 * MS,
                  requests=(request("analysis"), request("report", silent=True)))  # fmt: skip
    lines = texts(view_of(*started(), *waits), size)
    column = max(line.index("B explainer") for line in lines if "B explainer" in line)
    end = next(number for number, line in enumerate(lines) if line.startswith(" rate"))
    told = " ".join(" ".join(line[column:] for line in lines[1:end]).split())
    assert told == f"◌ queued · report · {CONTENDED}" or told == f"◌ queued · {CONTENDED}"
    assert len(lines) <= size[1] and all(len(line) <= size[0] for line in lines)


def test_while_agents_work_the_rows_below_the_state_stay_where_they_are() -> None:
    size = PANELS["120×40"]
    reason = state(A, AgentState.LOADING, step="analysis", why="the server is loading the model")
    writes = state(A, AgentState.WRITING, step="analysis", requests=(request("analysis", open_=True),))
    places = [
        [line[:6] for line in texts(view_of(*started(), *events), size)].index(" rate ")
        for events in (reason, writes)
    ]
    assert places[0] == places[1]


@pytest.mark.parametrize("size", PANELS.values(), ids=PANELS)
def test_rate_and_ttft_say_which_request_they_belong_to_and_tokens_that_they_are_of_both(
    size: tuple[int, int],
) -> None:
    view = view_of(*started(), *finished())
    assert "report 40.7 tok/s" in row(view, size, "rate") and "report 322 ms" in row(view, size, "TTFT")
    assert "1,224 of both in 31.5 s" in row(view, size, "tokens")


@pytest.mark.parametrize("width", HEADERS)
def test_the_header_of_a_pane_names_the_request_of_its_rate_and_its_ttft(width: int) -> None:
    view = view_of(*started(), *finished())
    words = header(view, A, width).split()
    assert words[words.index("report") :] == ["report", "40.7", "tok/s", "TTFT", "322", "ms"]


def test_in_a_header_a_silent_request_keeps_the_rate_of_the_one_before_apart() -> None:
    silent = (request("analysis"), request("report", silent=True))
    view = view_of(
        *started(), *state(A, AgentState.PREFILL, step="report", waiting_ns=2_300 * MS, requests=silent)
    )
    assert "analysis 40.7 tok/s  report  TTFT waiting 2.3 s" in header(view, A, 80)
    assert "report TTFT waiting 2.3 s" in header(view, A, 41)


@pytest.mark.parametrize("size", PANELS.values(), ids=PANELS)
def test_a_thinking_model_has_its_first_thought_and_its_first_answer_at_every_size(size: tuple[int, int]) -> None:
    ends = state(A, AgentState.DONE, step="report", requests=(thinking("analysis"), thinking("report")))
    told = row(view_of(*started(), *ends), size, "TTFT → answer")
    assert "report 1.46 s" in told and "→ 3.20 s" in told


def test_a_model_that_still_thinks_has_no_answer_yet() -> None:
    open_ = request("report", open_=True, ttft_ms=1_460)
    open_ = replace(open_, client=replace(open_.client, first_answer_ns=None))
    view = view_of(*started(), *state(A, AgentState.WRITING, step="report", requests=(open_,)))
    assert "report 1.46 s → …" in row(view, PANELS["120×40"], "TTFT → answer")


def test_before_a_run_offload_is_what_is_asked_for_and_no_measurement() -> None:
    view = view_of(SettingsChanged(A, settings(num_gpu=10)), SettingsChanged(B, settings()),
                   OffloadMeasured("", A, Offload(80, 34, 4_000, 4_000), 0))  # fmt: skip
    assert row(view, (81, 16), "offload").split() == ["offload", "10", "asked", "for", "auto", "asked", "for"]


def test_layers_that_the_server_chose_are_told_only_when_all_of_the_model_is_in_vram() -> None:
    whole, part = (OffloadMeasured(RUN, A, Offload(None, 34, 4_000, vram), 0) for vram in (4_000, 1_000))
    assert "auto → all 35 → 100 % VRAM" in row(view_of(*started(), whole), (81, 16), "offload")
    assert "auto → 25.0 % VRAM" in row(view_of(*started(), part), (81, 16), "offload")


def test_flags_have_one_mark_and_one_count_and_what_is_only_told_stands_apart() -> None:
    partial = Flag(Cause.PARTIAL_OFFLOAD, "10 of 35 layers", A)
    view = view_of(*started(), RunFinished(RUN, run(RUN, flags=(COLD, CACHED, COLD, partial))))
    assert "⚑1 cold load  •2 cached prompt, partial offload" in row(view, (81, 16), "flags")
    assert "⚑1 cold load  •2 cached prompt" in row(view, (80, 15), "run")


def test_our_own_cpu_is_told_as_of_one_core() -> None:
    sample = TelemetrySampled(RUN, TelemetrySample(0, HostSample(34.0, own_cpu_percent=3.75)))
    assert "own CPU 3.75 % of one core" in row(view_of(*started(), *finished()[:-1], sample), (81, 16), "run")


def test_equal_options_are_shown_whole_or_shorter_and_never_cut() -> None:
    from chimera_tui.tui.widgets.settings_lines import SettingsView, settings_lines

    view = view_of(SettingsChanged(A, replace(settings(), options=Options(num_gpu=80)), ("num_gpu",)))
    for width, mark in ((54, "80 ⟳ "), (80, "80 ⟳ reloads")):
        lines = settings_lines(SettingsView(view, None, (A, B), None, ""), width, 15)
        told = next("".join(text for text, _ in line) for line in lines if "num_gpu" in line[0][0])
        assert mark in told and "reloa…" not in told
        assert told.count("⟳") == 1


@pytest.mark.parametrize("size", PANELS.values(), ids=PANELS)
def test_checked_numbers_are_counted_and_remarks_told_at_every_size(size: tuple[int, int]) -> None:
    view = view_of(*started(), *finished()[:-1], TextChecked(RUN, A, "analysis", Tally(1_204, 2, 1, 3)),
                   TextChecked(RUN, B, "report", Tally(), (CYRILLIC, CYRILLIC)))  # fmt: skip
    assert "✓ 1,204 ✗ 2 ≠ 1 ? 3" in row(view, size, "numbers") and "none to check" in row(view, size, "numbers")
    assert "B report: begins in Cyrillic: «шрифта в отчете»" in row(view, size, "remarks")
    lines = texts(view, size)
    assert len(lines) <= size[1] and all(cell_len(line) <= size[0] for line in lines)


def test_without_remarks_there_is_no_row_for_them_and_a_check_that_failed_is_one() -> None:
    checked = TextChecked(RUN, A, "report", Tally(1), problem="the checker died")
    repair = RepairJudged(RUN, B, False, "the mended text was cut", 0)
    plain = texts(view_of(*started(), *finished()[:-1]), (81, 16))
    assert not any(line.startswith(" remarks") for line in plain)
    assert "B repair: the mended" in row(view_of(*started(), *finished()[:-1], repair), (81, 16), "remarks")
    mended = view_of(*started(), *finished()[:-1], RepairJudged(RUN, A, True, "0 after", 0), checked)
    assert "✓ 1 ✗ 0 ≠ 0 ? 0 · mended" in row(mended, (65, 16), "numbers")
    assert "A report: the checker died" in row(view_of(*started(), *finished()[:-1], checked), (81, 16), "remarks")
