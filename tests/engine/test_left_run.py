"""A run whose daemon was killed, at any event: ended, checked and saved as it would have been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from chimera_tui.domain.errors import SaveFailed
from chimera_tui.domain.events import Event, MetricsUpdated, Notice
from chimera_tui.domain.grounding import Grounds
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    FactsIngested,
    NumbersChecked,
    ReportSaved,
    RequestSent,
    RunEvent,
    RunFinished,
    TextChecked,
    TokensArrived,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.domain.verdicts import Tally
from chimera_tui.engine.basis import files_digest
from chimera_tui.engine.fold import RunFold
from chimera_tui.engine.left_run import LeftRun
from chimera_tui.engine.ports import Corpus
from tests.engine.checkers import KnowingChecker
from tests.engine.scripted import FACTS, FILES, FactsInMemory, Shelf, Stage, stage
from tests.support import eventually

A, B = AgentId
INVENTS = ("# Files\n\nThere are 67 json ", "files and 28 csv files.\n", "Read on 3 days.")
BETTER = ("# Files\n\nThere are 44 json ", "files and 28 csv files.\n", "Read on 3 days.")
TRUTHS = {"67": "44 files"}


@dataclass
class Next:
    """What the next daemon finishes a run with."""

    files: FactsInMemory = field(default_factory=FactsInMemory)
    shelf: Shelf = field(default_factory=Shelf)
    told: list[Event] = field(default_factory=list)
    checker: KnowingChecker = field(default_factory=lambda: KnowingChecker(TRUTHS))

    async def finish(self, events: Sequence[RunEvent]) -> RunSummary:
        left = LeftRun(events, self.told.append, checker=self.checker, store=self.shelf, corpus=self.corpus)
        await left.finish()
        (ended,) = [event.summary for event in self.told if isinstance(event, RunFinished)]
        assert self.told[-1] is not None and isinstance(self.told[-1], RunFinished)
        return ended

    async def corpus(self, grounds: Grounds) -> Corpus | None:
        now = await self.files.corpus()
        return now if files_digest(now) == grounds.files else None

    @property
    def run_events(self) -> list[RunEvent]:
        return [event for event in self.told if isinstance(event, RunEvent)]


async def lived(*, repair: bool = False) -> tuple[Stage, list[RunEvent]]:
    """A run of both agents that nobody killed, and all that the journal has of it."""
    answers = {3: INVENTS, 4: INVENTS} | ({5: BETTER, 6: BETTER} if repair else {})
    on = stage(KnowingChecker(TRUTHS), answers=answers)
    await on.conductor.start(RunRequest(repair=repair))
    await eventually(lambda: on.heard.of(RunFinished) and on.conductor.active_run is None, "the run's end")
    return on, [event for event in on.heard.events if isinstance(event, RunEvent) and event.run_id]


def are_done(events: Sequence[RunEvent]) -> bool:
    """Whether all that is measured is over, and nothing is mended."""
    fold = RunFold()
    for event in events:
        fold.apply(event)
    return all(part.state is AgentState.DONE for part in fold.agents.values())


def measured(summary: RunSummary) -> RunSummary:
    """Without what depends on when it was told to be over."""
    return replace(summary, wall_ns=0, folder="", telemetry=None, flags=())


@pytest.mark.parametrize("repair", [False, True])
async def test_whenever_it_is_killed_a_run_ends_saved_and_what_was_whole_is_as_if_nothing_had_happened(
    repair: bool,
) -> None:
    on, events = await lived(repair=repair)
    ((summary, texts),) = on.shelf.saved
    whole = 0
    for end in range(1, len(events)):
        cut, later = events[:end], Next()
        ended = await later.finish(cut)
        assert ended.state is not RunState.RUNNING
        assert len(later.shelf.saved) + sum(isinstance(event, ReportSaved) for event in cut) == 1
        if are_done(cut):
            assert ended.state is RunState.DONE
            if not repair:
                whole += 1
                assert measured(ended) == measured(summary)
                assert [saved for _, saved in later.shelf.saved] in ([], [texts])
        for outcome, text in zip(ended.agents, later.shelf.saved[0][1] if later.shelf.saved else (), strict=False):
            assert outcome.state is AgentState.FAILED or (text.checked is not None and not text.checked.problem)
    assert repair or whole > 3


async def test_a_kill_before_the_last_checks_loses_neither_score_nor_report() -> None:
    on, events = await lived()
    kinds = (TextChecked, NumbersChecked, ReportSaved, RunFinished)
    unchecked = [event for event in events if not isinstance(event, kinds)]
    later = Next()
    ended = await later.finish(unchecked)
    assert [outcome.grounding for outcome in ended.agents] == [Tally(supported=2, contradicted=1)] * 2
    ((_, texts),) = on.shelf.saved
    assert [text.report for _, saved in later.shelf.saved for text in saved] == [text.report for text in texts]
    assert [text.checked for _, saved in later.shelf.saved for text in saved] == [text.checked for text in texts]
    assert ended.folder == "/reports/chimera_runs/x"


async def test_numbers_that_were_told_before_the_kill_are_not_told_twice() -> None:
    _, events = await lived()
    first = next(
        i for i, event in enumerate(events) if isinstance(event, NumbersChecked) and event.step == "report"
    )
    over = next(i for i, event in enumerate(events) if isinstance(event, TextChecked) and event.step == "report")
    assert first < over
    kept = [e for e in events[:-1] if not isinstance(e, TextChecked | ReportSaved) or e in events[:over]]
    later = Next()
    await later.finish(kept)
    for agent in AgentId:
        told = [
            (number.line, number.start)
            for event in [*kept, *later.run_events]
            if isinstance(event, NumbersChecked) and (event.agent, event.step) == (agent, "report")
            for number in event.numbers
        ]
        assert told == sorted(set(told)) and len(told) == 3


async def test_of_files_that_have_changed_nothing_is_claimed_and_the_report_is_saved_all_the_same() -> None:
    _, events = await lived()
    unchecked = [e for e in events[:-1] if not isinstance(e, TextChecked | NumbersChecked | ReportSaved)]
    touched = replace(FILES[0], mtime_ns=FILES[0].mtime_ns + 1)
    later = Next(FactsInMemory((touched, *FILES[1:]), FACTS))
    ended = await later.finish(unchecked)
    assert ended.state is RunState.DONE
    assert [outcome.grounding for outcome in ended.agents] == [None, None]
    ((_, texts),) = later.shelf.saved
    for text in texts:
        assert text.checked is not None and "the files are not the same any more" in text.checked.problem
    assert later.checker.texts == []


async def test_a_text_that_was_cut_keeps_what_was_checked_of_it_and_says_why_it_is_not_whole() -> None:
    _, events = await lived()
    cut = next(i for i, event in enumerate(events) if isinstance(event, NumbersChecked) and event.step == "report")
    later = Next()
    ended = await later.finish(events[: cut + 1])
    agent = events[cut].agent  # type: ignore[union-attr]
    outcome = next(each for each in ended.agents if each.agent is agent)
    assert (outcome.state, outcome.grounding) == (AgentState.FAILED, Tally(supported=1, contradicted=1))
    (told,) = [event for event in later.told if isinstance(event, TextChecked) and event.agent is agent]
    assert told.problem == "the daemon was killed before the check was over"
    assert "cut" in [remark.kind for remark in told.remarks]


async def test_a_run_of_an_earlier_version_is_saved_without_its_check() -> None:
    _, events = await lived()
    earlier = [
        replace(event, grounds=None) if isinstance(event, FactsIngested) else event
        for event in events[:-1]
        if not isinstance(event, TextChecked | NumbersChecked | ReportSaved)
    ]
    later = Next()
    ended = await later.finish(earlier)
    assert (ended.state, ended.grounding_score) == (RunState.DONE, None)
    assert len(later.shelf.saved) == 1


async def test_who_is_killed_while_it_finishes_a_run_leaves_it_to_the_one_after() -> None:
    _, events = await lived()
    start = next(
        i
        for i, event in enumerate(events)
        if isinstance(event, AgentStateChanged) and event.state is AgentState.DONE
    )
    cut = [
        event for event in events[: start + 30] if not isinstance(event, TextChecked | ReportSaved | RunFinished)
    ]
    first = Next()
    await first.finish(cut)
    for end in range(len(first.run_events)):
        again = Next()
        ended = await again.finish([*cut, *first.run_events[:end]])
        assert ended.state is not RunState.RUNNING
        told = sum(isinstance(event, ReportSaved) for event in first.run_events[:end])
        assert len(again.shelf.saved) + told == 1
        states = [event for event in again.run_events if isinstance(event, AgentStateChanged)]
        before = [event for event in first.run_events[:end] if isinstance(event, AgentStateChanged)]
        assert len(states) + len(before) == sum(isinstance(e, AgentStateChanged) for e in first.run_events)


async def test_reports_that_no_disk_takes_are_told_and_the_run_ends() -> None:
    _, events = await lived()
    later = Next(shelf=Shelf(fail_with=SaveFailed("the disk is full")))
    ended = await later.finish([event for event in events[:-1] if not isinstance(event, ReportSaved)])
    assert ended.state is RunState.DONE
    assert ["the disk is full" in event.text for event in later.told if isinstance(event, Notice)] == [True]


@pytest.mark.parametrize(("kind", "which"), [(RequestSent, 1), (TokensArrived, 5)])
async def test_the_screen_is_told_the_last_metrics_in_which_nobody_writes_or_waits(
    kind: type[RunEvent], which: int
) -> None:
    _, events = await lived()
    cut = [i for i, event in enumerate(events) if isinstance(event, kind)][which]
    later = Next()
    await later.finish(events[: cut + 1])
    last = {event.agent: event.metrics for event in later.told if isinstance(event, MetricsUpdated)}
    assert {agent: metrics.state for agent, metrics in last.items()} == {
        A: AgentState.FAILED,
        B: AgentState.FAILED,
    }
    assert {(metrics.rate_now, metrics.waiting_ns) for metrics in last.values()} == {(None, None)}


def test_a_digest_tells_apart_what_differs_in_a_path_a_size_or_a_time() -> None:
    base = Corpus(("reports",), FILES, FACTS)
    seen = {files_digest(base)}
    for change in ({"path": "reports/c.csv"}, {"size_bytes": 121}, {"mtime_ns": 1}):
        seen.add(files_digest(replace(base, files=(replace(FILES[0], **change), FILES[1]))))  # type: ignore[arg-type]
    seen.add(files_digest(replace(base, files=FILES[:1])))
    assert len(seen) == 5
    assert files_digest(replace(base, facts=())) in seen
