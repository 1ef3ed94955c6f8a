"""Texts are checked against the files while they are written; what is measured does not feel it."""

from __future__ import annotations

import asyncio

import pytest

from chimera_tui.domain.errors import StreamCut
from chimera_tui.domain.events import MetricsUpdated
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import (
    NumbersChecked,
    RequestFinished,
    RequestSent,
    RunFinished,
    TextChecked,
    TokensArrived,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.domain.verdicts import Tally, Verdict
from chimera_tui.engine import checks
from tests.engine.checkers import KnowingChecker
from tests.engine.scripted import Stage, stage
from tests.support import eventually

ALONE = RunRequest((AgentId.A,))
INVENTS = ("# Files\n\nThere are 67 json ", "files and 28 csv files.\n", "Read on 3 days.")
TRUTHS = {"67": "44 files"}


async def finish(on: Stage, request: RunRequest = ALONE) -> RunSummary:
    await on.conductor.start(request)
    await eventually(lambda: on.heard.of(RunFinished) and on.conductor.active_run is None, "the run's end")
    summary: RunSummary = on.heard.of(RunFinished)[-1].summary
    return summary


async def test_a_runs_summary_tells_how_many_numbers_of_its_reports_the_files_bear_out() -> None:
    checker = KnowingChecker(TRUTHS)
    on = stage(checker, answers={2: INVENTS})
    summary = await finish(on)
    assert summary.agents[0].grounding == Tally(supported=2, contradicted=1)
    assert summary.grounding_score == pytest.approx(2 / 3)
    ((_, (text,)),) = on.shelf.saved
    assert text.checked is not None
    assert [(each.line, each.text, each.verdict) for each in text.checked.numbers] == [
        (3, "67", Verdict.CONTRADICTED),
        (3, "28", Verdict.SUPPORTED),
        (4, "3", Verdict.SUPPORTED),
    ]
    assert checker.texts == ["# Title\n\nIt holds 2 files.\n", "".join(INVENTS)]
    assert checker.begun == ["2026-11-21", "2026-11-21"]


async def test_findings_are_told_while_the_text_is_still_written() -> None:
    on = stage(KnowingChecker(TRUTHS), answers={1: INVENTS})
    await finish(on)
    kinds = [type(event) for event in on.heard.events]
    assert kinds.index(NumbersChecked) < kinds.index(RequestFinished)
    told = [event for event in on.heard.of(NumbersChecked) if event.step == "analysis"]
    assert [(event.lines, [number.text for number in event.numbers]) for event in told] == [
        (3, ["67", "28"]),
        (4, ["3"]),
    ]


async def test_the_metrics_of_an_agent_hold_the_tally_as_far_as_it_is_known() -> None:
    on = stage(KnowingChecker(TRUTHS), answers={2: INVENTS})
    await finish(on)
    told = [event.metrics.grounding for event in on.heard.of(MetricsUpdated)]
    assert told[0] is None
    assert told[-1] == Tally(supported=2, contradicted=1)


async def test_the_files_numbers_are_at_hand_once_and_before_the_first_request_of_either_agent() -> None:
    checker = KnowingChecker()
    on = stage(checker)
    prepared_at: list[int] = []
    prepare = checker.prepare

    async def slow(corpus: object) -> None:
        for _ in range(50):
            await asyncio.sleep(0)
        prepared_at.append(len(on.server.requests))
        await prepare(corpus)  # type: ignore[arg-type]

    checker.prepare = slow  # type: ignore[method-assign]
    await finish(on, RunRequest())
    assert prepared_at == [0]
    assert len(checker.prepared) == 1


async def test_the_report_is_not_asked_for_while_the_analysis_is_being_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chimera_tui.engine.agent.BETWEEN_S", 60.0)
    checker = KnowingChecker(hold=asyncio.Event())
    on = stage(checker)
    await on.conductor.start(ALONE)
    await eventually(lambda: on.heard.of(RequestFinished), "the end of the analysis")
    for _ in range(50):
        await asyncio.sleep(0)
    assert len(on.heard.of(RequestSent)) == 1
    assert checker.hold is not None
    checker.hold.set()
    await eventually(lambda: on.heard.of(RunFinished), "the run's end")
    kinds = [type(event) for event in on.heard.events if isinstance(event, RequestSent | TextChecked)]
    assert kinds == [RequestSent, TextChecked, RequestSent, TextChecked]


async def test_a_check_that_never_ends_holds_nothing_up_and_is_told_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chimera_tui.engine.agent.BETWEEN_S", 0.01)
    monkeypatch.setattr(checks, "AT_END_S", 0.01)
    on = stage(KnowingChecker(TRUTHS, hold=asyncio.Event()), answers={2: INVENTS})
    summary = await finish(on)
    assert summary.state is RunState.DONE
    assert [event.problem for event in on.heard.of(TextChecked)] == [checks._LATE, checks._LATE]
    assert summary.agents[0].grounding == Tally(supported=1, contradicted=1), "of the whole lines"


async def test_what_a_cut_stream_left_is_checked_as_far_as_it_goes() -> None:
    on = stage(KnowingChecker(TRUTHS), hang=asyncio.Event(), answers={1: INVENTS})
    await on.conductor.start(ALONE)
    await eventually(lambda: on.heard.of(TokensArrived), "the first tokens")
    await on.conductor.cancel()
    (told,) = on.heard.of(TextChecked)
    assert told.tally == Tally(contradicted=1)
    assert [remark.kind for remark in told.remarks][-1] == "cut"
    assert on.heard.of(RunFinished)[-1].summary.agents[0].grounding is None, "there is no report"


async def test_a_request_that_failed_before_its_first_token_is_not_called_an_empty_text() -> None:
    on = stage(KnowingChecker(), fail_with=StreamCut("the stream was cut", next_="Run again."), fail_at_request=2)
    summary = await finish(on)
    assert [event.step for event in on.heard.of(TextChecked)] == ["analysis"]
    assert summary.agents[0].grounding is None
    assert summary.agents[0].remarks == ()


async def test_an_empty_report_is_remarked_upon() -> None:
    on = stage(KnowingChecker(), answers={2: ()})
    summary = await finish(on)
    assert [remark.kind for remark in summary.agents[0].remarks] == ["empty"]


async def test_thoughts_are_not_checked() -> None:
    checker = KnowingChecker()
    on = stage(checker)
    on.server.thinks = True
    await finish(on)
    assert checker.texts == ["It holds 2 files.\n"] * 2


async def test_numbers_beyond_what_a_viewer_can_use_are_counted_but_not_told_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "MOST_TOLD", 5)
    on = stage(KnowingChecker(), answers={2: (" ".join(map(str, range(9))) + "\n", "7\n")})
    summary = await finish(on)
    told = [number for event in on.heard.of(NumbersChecked) if event.step == "report" for number in event.numbers]
    assert len(told) == 5
    assert summary.agents[0].grounding == Tally(supported=10)


async def test_without_a_checker_nothing_is_told_and_nothing_is_known() -> None:
    on = stage()
    summary = await finish(on)
    assert not on.heard.of(TextChecked)
    assert summary.grounding is None
    assert summary.grounding_score is None
