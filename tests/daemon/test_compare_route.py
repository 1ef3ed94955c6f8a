"""The comparison as a program asks for it: through the routes, over a real journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from chimera_tui.daemon.answers import error_handlers
from chimera_tui.daemon.compare_route import compare_route
from chimera_tui.domain.comparison import ComparisonView
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunFinished, RunStarted
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.wire import adapter
from chimera_tui.services.journal.journal import Journal
from tests.tui.scripted_history import COLD, outcome, run

A = AgentId.A


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal.open(tmp_path / "journal.sqlite", notify=lambda notice: None)
    for summary in (run("aaa234", 3), run("aab234", 2), run("bbb234", 1), run("bbc234", 0, flags=(COLD,))):
        made.append(_started(summary))
        made.append(RunFinished(summary.run_id, summary))
    yield made
    made.close()


def _started(summary: RunSummary) -> RunStarted:
    settings = (outcome(A).settings,)
    return RunStarted(summary.run_id, (A,), "together", settings, summary.started_utc, 0)


async def ask(journal: Journal, query: str) -> httpx.Response:
    routes = [Route("/v1/compare", compare_route(journal))]
    app = Starlette(routes=routes, exception_handlers=error_handlers())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://daemon") as client:
        return await client.get(f"/v1/compare?{query}")


async def test_two_groups_are_compared_and_flagged_runs_left_out_unless_asked_for(journal: Journal) -> None:
    answer = await ask(journal, "a=aaa234,aab234&b=bbb234,bbc234")
    assert answer.status_code == 200
    view: ComparisonView = adapter(ComparisonView).validate_json(answer.content)
    assert view.a_runs == ("aaa234", "aab234") and view.b_runs == ("bbb234",)
    assert [(left.run_id, left.side) for left in view.left_out] == [("bbc234", "b")]
    rate = next(row for row in view.metrics if row.metric == "decode rate" and row.agent == "a")
    assert rate.a_mean is not None and rate.a_mean == rate.b_mean
    asked: ComparisonView = adapter(ComparisonView).validate_json(
        (await ask(journal, "a=aaa234,aab234&b=bbb234,bbc234&flagged=1")).content
    )
    assert asked.b_runs == ("bbb234", "bbc234")


async def test_runs_are_found_by_the_beginning_of_their_ids(journal: Journal) -> None:
    view: ComparisonView = adapter(ComparisonView).validate_json((await ask(journal, "a=aaa&b=bbb")).content)
    assert (view.a_runs, view.b_runs) == (("aaa234",), ("bbb234",))


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("a=aaa234", 422, "bad_use"),
        ("a=,&b=bbb234", 422, "bad_use"),
        ("a=zzz&b=bbb234", 404, "run_not_found"),
        ("a=a&b=bbb234", 404, "run_not_found"),
    ],
)
async def test_what_can_not_be_compared_is_answered_with_a_sentence(
    journal: Journal, query: str, status: int, code: str
) -> None:
    answer = await ask(journal, query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
