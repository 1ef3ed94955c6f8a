from __future__ import annotations

from chimera_tui.domain.metrics import AgentState, LiveMetrics, RequestMetrics
from chimera_tui.domain.timings import ClientTimings, ServerTimings
from chimera_tui.tui.projection import AgentView
from chimera_tui.tui.widgets.ttft_bar import ttft_bar, ttft_figures

MS = 1_000_000
WAITS = ((AgentState.QUEUED, 0), (AgentState.LOADING, 6_000 * MS))
MEASURED = ServerTimings(14_000 * MS, 9_000 * MS, 500, 0, 1_000 * MS, 100, 4_000 * MS)


def view(client: ClientTimings, server: ServerTimings, waiting_ms: int | None = None) -> AgentView:
    metrics = LiveMetrics(
        AgentState.WRITING,
        requests=(RequestMetrics("analysis", server, client),),
        waiting_ns=None if waiting_ms is None else waiting_ms * MS,
    )
    return AgentView(metrics=metrics, waits=WAITS)


def bar(client: ClientTimings, server: ServerTimings, waiting_ms: int | None = None) -> str:
    return "".join(text for text, _ in ttft_bar(view(client, server, waiting_ms), 20))


def test_without_plots_the_bar_is_told_in_figures() -> None:
    closed = ClientTimings(0, 10_000 * MS, 10_000 * MS, 14_000 * MS, 14_001 * MS, 99)
    silent = view(ClientTimings(0), ServerTimings(), waiting_ms=9_000)
    assert ttft_figures(view(closed, MEASURED), 30)[0] == "l 90 · p 10 %"
    assert ttft_figures(silent, 30)[0] == "≈ q 6.00 s · l 3.00 s"
    assert ttft_figures(view(closed, ServerTimings()), 30)[0] == "–"


def test_what_was_inferred_is_marked_until_the_server_has_told_its_parts() -> None:
    silent = bar(ClientTimings(0), ServerTimings(), waiting_ms=9_000)
    writing = bar(ClientTimings(0, 10_000 * MS, 10_000 * MS, 11_000 * MS, chunks=9), ServerTimings())
    for guess in (silent, writing):
        assert guess.startswith("≈q") and "l" in guess and "p" not in guess


def test_a_request_that_has_ended_shows_its_measured_parts_and_no_guess() -> None:
    closed = ClientTimings(0, 10_000 * MS, 10_000 * MS, 14_000 * MS, 14_001 * MS, 99)
    measured = bar(closed, MEASURED)
    assert measured.startswith("l█") and "p▓" in measured
    assert "≈" not in measured and "q" not in measured
    assert bar(closed, ServerTimings()).strip() == "–", "a server that told nothing has no parts"
