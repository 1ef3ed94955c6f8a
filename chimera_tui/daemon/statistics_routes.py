"""The routes that tell what a series, or the tokens of a run, come to; in threads because that is arithmetic."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from chimera_tui.daemon.answers import json_answer
from chimera_tui.domain.errors import RunNotFound
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.statistics import FigureStatistics, Itl, NotCounted, Outlier, StatisticsView
from chimera_tui.services.journal.journal import Journal

if TYPE_CHECKING:
    from chimera_tui.analysis.series import Measured

Answer = Callable[[Request], Awaitable[Response]]
_PAGE = 200


def run_statistics_route(journal: Journal) -> Answer:
    """`GET /v1/runs/ID/statistics`."""

    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        return json_answer(StatisticsView, await asyncio.to_thread(_of_run, journal, name))

    return answer


def series_statistics_route(journal: Journal) -> Answer:
    """`GET /v1/series/ID/statistics[?flagged=1]`; with `flagged`, runs that something disturbed count too."""

    async def answer(request: Request) -> Response:
        series_id = request.path_params["series_id"]
        flagged = request.query_params.get("flagged", "0") not in ("", "0")
        return json_answer(StatisticsView, await asyncio.to_thread(_of_series, journal, series_id, flagged))

    return answer


def series_runs(journal: Journal, series_id: str) -> list[RunSummary]:
    """Newest first. Raises RunNotFound."""
    found: list[RunSummary] = []
    before: str | None = None
    while page := journal.runs(_PAGE, before):
        members = [run for run in page if run.series is not None and run.series.series_id == series_id]
        if found and not members:
            break  # nothing else runs between the runs of a series
        found += members
        before = page[-1].run_id
    if not found:
        raise RunNotFound(f"there is no series {series_id!r}", next_="`chimera runs` lists the runs with theirs.")
    return found


def _of_run(journal: Journal, name: str) -> StatisticsView:
    """Raises RunNotFound."""
    run_id = journal.find(name)
    return StatisticsView((run_id,), itl=_itl(_gaps(journal, [run_id])))


def _of_series(journal: Journal, series_id: str, flagged: bool) -> StatisticsView:
    """Raises RunNotFound."""
    from chimera_tui.analysis.groups import select
    from chimera_tui.analysis.remarks import remarks_of
    from chimera_tui.analysis.series import series_statistics  # with SciPy behind it

    paired = [
        run for run in series_runs(journal, series_id) if run.series is not None and run.series.role != "solo"
    ]
    counted = [run.run_id for run in select(paired, include_flagged=flagged).runs]
    gaps = _gaps(journal, counted)
    told = series_statistics(paired, gaps, include_flagged=flagged)
    figures = [_figure(agent.agent.value, each) for agent in told.agents for each in agent.metrics]
    whole = [_figure("", each) for each in (told.wall, told.energy_per_token) if each.description.n]
    return StatisticsView(
        told.run_ids,
        itl=_itl(gaps),
        figures=(*figures, *whole),
        warmup_ids=told.warmup_ids,
        left_out=tuple(NotCounted(each.run_id, each.why) for each in told.left_out),
        flagged=told.flagged,
        caution=told.caution,
        remarks=remarks_of(told),
    )


def _gaps(journal: Journal, run_ids: Sequence[str]) -> Mapping[AgentId, Sequence[int]]:
    from chimera_tui.analysis.itl import itl_gaps, merged_gaps

    return merged_gaps(itl_gaps(journal.events(run_id)) for run_id in run_ids)


def _itl(gaps: Mapping[AgentId, Sequence[int]]) -> tuple[Itl, ...]:
    from chimera_tui.analysis.itl import itl_statistics

    def told() -> Iterator[Itl]:
        for agent in sorted(gaps):
            it = itl_statistics(gaps[agent])
            yield Itl(agent.value, it.gaps, it.mean_ns, it.p50_ns, it.p95_ns, it.p99_ns, it.max_ns)

    return tuple(told())


def _figure(agent: str, measured: Measured) -> FigureStatistics:
    it, sample = measured.description, measured.sample
    return FigureStatistics(
        sample.metric,
        agent,
        sample.unit,
        it.n,
        it.mean,
        it.sd,
        it.median,
        it.variation,
        it.interval.low if it.interval else None,
        it.interval.high if it.interval else None,
        it.min,
        it.max,
        drift=it.drift.words if it.drift.direction in ("rising", "falling") else "",
        outliers=tuple(Outlier(sample.run_ids[odd.place], odd.value, odd.percent) for odd in it.outliers),
    )
