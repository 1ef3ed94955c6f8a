"""A daemon that finds a run without an end in its journal ends it, checks its reports, saves them, and goes on."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from chimera_tui.daemon.history import open_journal
from chimera_tui.daemon.left_runs import LeftRuns
from chimera_tui.domain.errors import JournalUnusable
from chimera_tui.domain.events import CaughtUp, Event, Notice
from chimera_tui.domain.names import from_wire
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import NumbersChecked, ReportSaved, RunEvent, RunFinished, TextChecked
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest, RunSummary
from chimera_tui.engine.ports import EventSink
from chimera_tui.services.journal.journal import Journal
from tests.daemon.daemons import House, house, write_reports
from tests.daemon.test_runs import heard_until
from tests.engine.checkers import KnowingChecker
from tests.engine.scripted import FactsInMemory, Shelf
from tests.services.journal.test_journal import started
from tests.simulators import SimulatorHandle, running_simulator
from tests.support import wait_until

_QUICK = ("--token-rate", "2500", "--cpu-rate", "2500", "--prefill-rate", "100000", "--load-s", "0.05")


@pytest.fixture(scope="module")
def quick() -> Iterator[SimulatorHandle]:
    with running_simulator(*_QUICK, "--num-parallel", "2", "--invent", "0.4") as simulator:
        yield simulator


@pytest.fixture
def home(tmp_path: Path, quick: SimulatorHandle) -> Iterator[House]:
    with house(write_reports(tmp_path / "reports"), OLLAMA_HOST=quick.url) as made:
        yield made


def finished(event: Event) -> bool:
    return isinstance(event, RunFinished)


async def run_and_cut(home: House, left: Callable[[RunEvent], bool]) -> tuple[RunSummary, dict[str, str]]:
    """Have a run made, then make the journal and the directory what they are when a kill lets only these events
    come through; what was saved, by name."""
    home.start()
    async with home.client() as client:
        run_id = await client.start_run(RunRequest())
        await heard_until(client, finished)
        summary = await client.run(run_id)
    os.kill(home.pid(), signal.SIGTERM)
    wait_until(home.is_over, "the end of the daemon")
    journal = open_journal(home.places, lambda notice: None)
    events = [event for event in journal.events(run_id) if left(event)]
    journal.close()
    for file in home.places.journal.parent.glob("journal*"):
        file.unlink()
    journal = open_journal(home.places, lambda notice: None)
    for event in events:
        journal.append(event)
    journal.close()
    texts = saved(summary)
    shutil.rmtree(from_wire(summary.folder))
    return summary, texts


def saved(summary: RunSummary) -> dict[str, str]:
    """Its files, by name."""
    return {path.name: path.read_text() for path in Path(from_wire(summary.folder)).iterdir()}


def before_the_checks(event: RunEvent) -> bool:
    reports = isinstance(event, TextChecked | NumbersChecked) and event.step == "report"
    return not reports and not isinstance(event, ReportSaved | RunFinished)


async def test_a_run_killed_before_its_reports_were_checked_has_score_and_reports_all_the_same(
    home: House,
) -> None:
    undisturbed, texts = await run_and_cut(home, before_the_checks)
    home.start()
    async with home.client() as client:
        again = await client.start_run(RunRequest((AgentId.A,)))  # waits for what was left
        summary = await client.run(undisturbed.run_id)
        assert summary.state is RunState.DONE
        assert summary.agents == undisturbed.agents
        assert summary.grounding_score is not None
        await heard_until(client, finished)
        assert (await client.run(again)).state is RunState.DONE
    assert saved(summary).keys() == texts.keys()
    for name in ("agent_a_report.md", "agent_b_report.md"):
        assert saved(summary)[name] == texts[name]
    assert home.log() == ""


async def test_a_run_killed_before_its_reports_were_saved_is_on_the_screen_of_who_attaches_with_its_end(
    home: House,
) -> None:
    undisturbed, _ = await run_and_cut(home, lambda event: not isinstance(event, ReportSaved | RunFinished))
    home.start()
    async with home.client() as client:
        story = await heard_until(client, lambda event: isinstance(event, CaughtUp))
    (ended,) = [event.summary for event in story if isinstance(event, RunFinished)]
    assert [event.folder for event in story if isinstance(event, ReportSaved)] == [ended.folder]
    assert ended.agents == undisturbed.agents and "metrics.json" in saved(ended)


async def test_of_files_that_changed_meanwhile_the_report_says_so(home: House) -> None:
    undisturbed, _ = await run_and_cut(home, before_the_checks)
    changed = next(home.root.rglob("*.csv"))
    changed.write_bytes(changed.read_bytes() + b"\n")
    home.start()

    def is_saved() -> bool:
        return any((home.root / "chimera_runs").glob(f"*{undisturbed.run_id}"))

    wait_until(is_saved, "the reports")
    async with home.client() as client:
        await client.start_run(RunRequest((AgentId.A,)))
        summary = await client.run(undisturbed.run_id)
    assert (summary.state, summary.grounding_score) == (RunState.DONE, None)
    assert "the files are not the same any more" in saved(summary)["agent_a_report.md"]


class TwoLeft:
    """A journal with two runs without an end, the older of which can not be read."""

    def unfinished(self) -> list[str]:
        return ["aaaaaa", "bbbbbb"]

    def events(self, run_id: str) -> Iterator[RunEvent]:
        if run_id == "aaaaaa":
            raise JournalUnusable("run aaaaaa can not be read")
        yield started("bbbbbb")

    def find(self, name: str) -> str:
        return "bbbbbb"


async def test_a_run_that_can_not_be_read_is_told_and_keeps_no_other_from_its_end() -> None:
    told: list[Event] = []
    sink = cast(EventSink, SimpleNamespace(emit=told.append))
    left = LeftRuns(cast(Journal, TwoLeft()), sink, FactsInMemory(), KnowingChecker(), Shelf())
    await left.finish()
    assert ["aaaaaa" in event.text for event in told if isinstance(event, Notice)] == [True]
    assert [event.run_id for event in told if isinstance(event, RunFinished)] == ["bbbbbb"]
