"""The statistics of a series and of a run as a program asks for them: through the routes, over a real journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from chimera_tui.daemon.answers import error_handlers
from chimera_tui.daemon.statistics_routes import run_statistics_route, series_statistics_route
from chimera_tui.domain.flags import Cause
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import Chunk, RequestSent, RunFinished, RunStarted, TokensArrived
from chimera_tui.domain.runs import RunSummary, SeriesPlace
from chimera_tui.domain.statistics import StatisticsView
from chimera_tui.domain.wire import adapter
from chimera_tui.services.journal.journal import Journal
from tests.analysis.series import run

A, B = AgentId
MS = 1_000_000
SERIES = "ppp234"
RATES = (50.0, 50.2, 49.9, 50.1, 49.8, 50.0, 80.0)


def runs() -> list[RunSummary]:
    """Oldest first: a warm-up, seven runs of which the last is far off, a disturbed one, one outside of it."""
    warm_up = replace(run(0, name="w", role="warmup", rate=10.0), series=SeriesPlace(SERIES, 1, 1, "warmup"))
    measured = [
        replace(run(1 + n, rate=rate), series=SeriesPlace(SERIES, 1 + n, 8)) for n, rate in enumerate(RATES)
    ]
    disturbed = replace(run(8, rate=5.0, causes=(Cause.COLD_LOAD,)), series=SeriesPlace(SERIES, 8, 8))
    return [warm_up, *measured, disturbed, replace(run(9, name="x"), series=None)]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal.open(tmp_path / "journal.sqlite", notify=lambda notice: None)
    for summary in runs():
        settings = tuple(outcome.settings for outcome in summary.agents)
        made.append(RunStarted(summary.run_id, (A, B), "together", settings, summary.started_utc, 0))
        made.append(RequestSent(summary.run_id, A, "report", 0, "", ""))
        chunks = tuple(Chunk(n * (20 if n < 100 else 25) * MS, "x ") for n in range(101))
        made.append(TokensArrived(summary.run_id, A, "report", chunks))
        made.append(RunFinished(summary.run_id, summary))
    yield made
    made.close()


async def ask(journal: Journal, path: str) -> httpx.Response:
    routes = [
        Route("/v1/runs/{name}/statistics", run_statistics_route(journal)),
        Route("/v1/series/{series_id}/statistics", series_statistics_route(journal)),
    ]
    app = Starlette(routes=routes, exception_handlers=error_handlers())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://daemon") as client:
        return await client.get(path)


async def view(journal: Journal, path: str) -> StatisticsView:
    answer = await ask(journal, path)
    assert answer.status_code == 200, answer.text
    found: StatisticsView = adapter(StatisticsView).validate_json(answer.content)
    return found


async def test_a_series_is_described_by_its_measured_runs_with_the_warm_up_apart(journal: Journal) -> None:
    told = await view(journal, f"/v1/series/{SERIES}/statistics")
    assert told.run_ids == tuple(f"r{n}" for n in range(1, 8)) and told.warmup_ids == ("w0",)
    rate = next(row for row in told.figures if (row.agent, row.metric) == ("a", "decode rate"))
    assert rate.n == 7 and rate.mean == pytest.approx(sum(RATES) / 7, rel=1e-6)
    assert rate.median == pytest.approx(50.0) and rate.sd and rate.variation
    assert rate.low is not None and rate.high is not None and rate.low < rate.mean < rate.high
    assert told.caution == ""


async def test_a_value_that_lies_far_off_is_told_with_its_run_its_value_and_its_distance(journal: Journal) -> None:
    told = await view(journal, f"/v1/series/{SERIES}/statistics")
    rate = next(row for row in told.figures if (row.agent, row.metric) == ("a", "decode rate"))
    assert [(odd.run_id, round(odd.value)) for odd in rate.outliers] == [("r7", 80)]
    assert rate.outliers[0].percent == pytest.approx(60, abs=1)
    assert any(each.startswith("A decode rate: r7 with 80.0 tok/s") for each in told.remarks)


async def test_a_disturbed_run_counts_only_when_asked_for(journal: Journal) -> None:
    told = await view(journal, f"/v1/series/{SERIES}/statistics")
    assert [(left.run_id, left.why) for left in told.left_out] == [("r8", "cold load")]
    asked = await view(journal, f"/v1/series/{SERIES}/statistics?flagged=1")
    assert asked.run_ids[-1] == "r8" and asked.left_out == () and asked.flagged == 1


async def test_the_latency_between_tokens_is_over_all_tokens_of_the_runs_that_count(journal: Journal) -> None:
    (of_run,) = (await view(journal, "/v1/runs/w0/statistics")).itl
    assert (of_run.agent, of_run.gaps) == ("a", 100)
    assert of_run.p50_ns == 20 * MS and of_run.max_ns == 520 * MS and of_run.p99_ns and of_run.p99_ns > 20 * MS
    (of_series,) = (await view(journal, f"/v1/series/{SERIES}/statistics")).itl
    assert of_series.gaps == 700


@pytest.mark.parametrize("path", ["/v1/series/zzz234/statistics", "/v1/runs/zzz234/statistics"])
async def test_what_is_not_there_is_answered_with_a_sentence(journal: Journal, path: str) -> None:
    answer = await ask(journal, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "run_not_found")
