"""A second pass mends contradicted numbers, once everything is measured, and only for the better."""

from __future__ import annotations

import asyncio

import pytest

from chimera_tui.domain.errors import StreamCut
from chimera_tui.domain.events import MetricsUpdated
from chimera_tui.domain.grounding import CheckedNumber, CheckedText, FactPlace
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    RepairJudged,
    RequestFinished,
    RequestSent,
    RunFinished,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.domain.verdicts import Tally, Verdict
from chimera_tui.engine import repair
from tests.engine.checkers import KnowingChecker
from tests.engine.scripted import Stage, stage
from tests.support import eventually

MENDING = RunRequest((AgentId.A,), repair=True)
INVENTS = ("# Files\n\nThere are 67 json ", "files and 28 csv files.\n", "It holds 9 tables.\n")
MENDED = ("# Files\n\nThere are 44 json ", "files and 28 csv files.\n", "It holds 8 tables.\n")
TRUTHS = {"67": "44 files", "9": "8 tables"}


async def finish(on: Stage, request: RunRequest = MENDING) -> RunSummary:
    await on.conductor.start(request)
    await eventually(lambda: on.heard.of(RunFinished) and on.conductor.active_run is None, "the run's end")
    summary: RunSummary = on.heard.of(RunFinished)[-1].summary
    return summary


async def test_the_mended_report_is_kept_and_the_first_text_with_it() -> None:
    on = stage(KnowingChecker(TRUTHS), answers={2: INVENTS, 3: MENDED})
    summary = await finish(on)
    ((_, (text,)),) = on.shelf.saved
    assert (text.report, text.unrepaired) == ("".join(MENDED), "".join(INVENTS))
    assert [number.text for number in text.mended] == ["67", "9"]
    assert text.checked is not None
    assert text.checked.tally == summary.agents[0].grounding == Tally(supported=3)
    told = summary.agents[0].repair
    assert told is not None
    assert (told.taken, told.before, told.after) == (True, Tally(1, 2), Tally(3))
    assert told.why == "2 contradicted numbers before, 0 after"


async def test_the_model_is_told_which_numbers_are_wrong_and_what_the_files_say() -> None:
    on = stage(KnowingChecker(TRUTHS), answers={2: INVENTS, 3: MENDED})
    await finish(on)
    asked = on.server.requests[2]
    assert "There are 67 json files and 28 csv files." in asked.prompt
    assert "67 (json files) is wrong, the files say 44 files [inventory: json files]" in asked.prompt
    assert asked.system == on.server.requests[0].system


async def test_a_repair_is_in_no_figure_of_the_run() -> None:
    plain = await finish(stage(KnowingChecker(), answers={2: INVENTS}), RunRequest((AgentId.A,)))
    summary = await finish(stage(KnowingChecker(TRUTHS), answers={2: INVENTS, 3: MENDED}))
    mended, first = summary.agents[0], plain.agents[0]
    assert [request.step for request in mended.requests] == ["analysis", "report"]
    assert mended.totals.tokens == first.totals.tokens
    assert len(mended.totals.ttft_ns) == 2
    assert summary.wall_ns == pytest.approx(plain.wall_ns, abs=10_000_000)
    assert mended.report_ns == pytest.approx(first.report_ns, abs=10_000_000)
    assert mended.repair is not None and mended.repair.request is not None
    assert mended.repair.request.step == "repair"
    assert mended.repair.request.ttft_ns is not None


async def test_a_repair_is_shown_as_a_third_request_that_no_sum_holds() -> None:
    on = stage(KnowingChecker(TRUTHS), answers={2: INVENTS, 3: MENDED})
    await finish(on)
    last = on.heard.of(MetricsUpdated)[-1].metrics
    assert [request.step for request in last.requests] == ["analysis", "report", "repair"]
    assert last.tokens == 10
    assert last.state is AgentState.DONE


async def test_repairs_begin_when_nothing_is_measured_any_more() -> None:
    on = stage(KnowingChecker(TRUTHS), chunks=INVENTS)
    await finish(on, RunRequest(repair=True))
    told = [
        (type(event) is RequestSent, event.step if isinstance(event, RequestSent) else event.metrics.step)
        for event in on.heard.events
        if isinstance(event, RequestSent | RequestFinished)
    ]
    last = max(place for place, each in enumerate(told) if each == (False, "report"))
    assert told.index((True, "repair")) > last
    assert [sent for sent in told if sent == (True, "repair")] == [(True, "repair")] * 2


async def test_a_report_without_contradicted_numbers_is_left_alone() -> None:
    on = stage(KnowingChecker(), answers={2: INVENTS})
    summary = await finish(on)
    assert len(on.server.requests) == 2
    assert summary.agents[0].repair is None


async def test_nobody_who_did_not_ask_gets_a_repair() -> None:
    on = stage(KnowingChecker(TRUTHS), answers={2: INVENTS})
    await finish(on, RunRequest((AgentId.A,)))
    assert len(on.server.requests) == 2


async def test_a_repair_that_fails_leaves_the_run_done_and_the_first_text() -> None:
    cut = StreamCut("the stream was cut", next_="Run again.")
    on = stage(KnowingChecker(TRUTHS), answers={2: INVENTS}, fail_with=cut, fail_at_request=3)
    summary = await finish(on)
    assert (summary.state, summary.agents[0].state) == (RunState.DONE, AgentState.DONE)
    assert summary.agents[0].error is None
    told = summary.agents[0].repair
    assert told is not None
    assert (told.taken, told.why) == (False, "the first text stays: the stream was cut")
    assert summary.agents[0].grounding == Tally(1, 2)
    ((_, (text,)),) = on.shelf.saved
    assert (text.report, text.unrepaired) == ("".join(INVENTS), "")


async def test_a_repair_can_be_stopped_and_the_run_stays_done() -> None:
    on = stage(KnowingChecker(TRUTHS), answers={2: INVENTS, 3: MENDED}, hang=asyncio.Event(), hang_at=3)
    await on.conductor.start(MENDING)
    await eventually(lambda: len(on.heard.of(RequestSent)) == 3, "the repair")
    await on.conductor.cancel()
    summary = on.heard.of(RunFinished)[-1].summary
    assert summary.state is RunState.DONE
    assert "stopped" in on.heard.of(RepairJudged)[-1].why
    assert [event.state for event in on.heard.of(AgentStateChanged)][-1] is AgentState.DONE


async def test_a_context_that_holds_no_second_report_is_told() -> None:
    on = stage(KnowingChecker(TRUTHS), answers={2: INVENTS})
    await on.conductor.change(AgentId.A, "num_ctx", "300")
    summary = await finish(on)
    told = summary.agents[0].repair
    assert told is not None
    assert told.request is None
    assert told.why == "not asked for: no second report fits into a context of 300 tokens"


def checked(contradicted: int, misattributed: int = 0, problem: str = "") -> CheckedText:
    wrong = [CheckedNumber(1, 0, 1, "1", Verdict.CONTRADICTED)] * contradicted
    other = [CheckedNumber(1, 0, 1, "1", Verdict.MISATTRIBUTED)] * misattributed
    return CheckedText((*wrong, *other), problem=problem)


@pytest.mark.parametrize(
    ("mended", "after", "done_reason", "why"),
    [
        (" \n", checked(0), "stop", "wrote nothing"),
        ("A mended text", checked(0), "length", "cut off"),
        ("A mended text", checked(0), None, "cut off"),
        ("A men", checked(0), "stop", "more than half"),
        ("A mended text", None, "stop", "could not be checked"),
        ("A mended text", checked(0, problem="no files"), "stop", "could not be checked"),
        ("A mended text", checked(2), "stop", "2 contradicted numbers before, 2 after"),
        ("A mended text", checked(3), "stop", "2 contradicted numbers before, 3 after"),
        ("A mended text", checked(0, 2), "stop", "0 after, and 2 under a wrong name"),
    ],
)
def test_what_is_no_better_does_not_take_the_place_of_the_first_text(
    mended: str, after: CheckedText | None, done_reason: str | None, why: str
) -> None:
    taken, told = repair.judge("A first text.", checked(2), mended, after, done_reason)
    assert not taken
    assert told.startswith("the first text stays: ")
    assert why in told


def test_fewer_contradicted_numbers_are_better_and_a_server_without_a_reason_is_believed() -> None:
    taken, why = repair.judge("A first text.", checked(2), "A mended text", checked(1), "")
    assert (taken, why) == (True, "2 contradicted numbers before, 1 after")


def test_a_correction_quotes_a_long_line_only_around_its_number() -> None:
    line = f"{'a' * 200} 67 {'b' * 200}"
    number = CheckedNumber(2, 201, 203, "67", Verdict.CONTRADICTED, "", "44", FactPlace("a.csv", "n", 3))
    told = repair.corrections(f"first\n{line}\n", (number,))
    assert told.startswith('- line 2: "…aaa')
    assert told.endswith('…": 67 is wrong, the files say 44 [a.csv:n[row 3]]')
    assert len(told) < 220


def test_a_number_of_a_line_that_is_not_there_is_told_without_it() -> None:
    number = CheckedNumber(9, 0, 2, "67", Verdict.CONTRADICTED, "files\x1b[2J", "44")
    told = repair.corrections("one line", (number,))
    assert told.startswith('- line 9: "67": 67 (files')
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("truth", "told"),
    [
        ("44 files", "44 files"),
        ("mean 26.9 tok/s, of 2 values 11.5 to 42.3", "26.9 tok/s (mean 26.9 tok/s, of 2 values 11.5 to 42.3)"),
        ("least -3.5e-7 s", "-3.5e-7 s (least -3.5e-7 s)"),
        ("not in the files", "not in the files"),
    ],
)
def test_a_correction_begins_with_the_value_that_is_to_be_written(truth: str, told: str) -> None:
    number = CheckedNumber(1, 0, 2, "67", Verdict.CONTRADICTED, "", truth)
    assert repair.corrections("67", (number,)) == f'- line 1: "67": 67 is wrong, the files say {told}'


async def test_a_house_that_mends_every_report_need_not_be_asked() -> None:
    on = stage(KnowingChecker(TRUTHS), repair=True, answers={2: INVENTS, 3: MENDED})
    summary = await finish(on, RunRequest((AgentId.A,)))
    assert summary.agents[0].repair is not None


async def test_a_repair_teaches_nothing_of_the_length_of_a_fact_sheet() -> None:
    on = stage(KnowingChecker(TRUTHS), answers={2: INVENTS, 3: MENDED})
    await finish(on, RunRequest((AgentId.A,)))
    taught = on.conductor._estimators["mid:latest"].chars_per_token
    mending = stage(KnowingChecker(TRUTHS), answers={2: INVENTS, 3: MENDED})
    await finish(mending)
    assert mending.conductor._estimators["mid:latest"].chars_per_token == taught
