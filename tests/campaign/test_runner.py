"""A campaign is conducted to its end, whatever happens on the way: every run in its place, once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimera_tui.campaign.runner import CampaignRunner
from chimera_tui.domain.campaign import CampaignPlan, CoolDown, HostRule, Limits, Rules, StopRule
from chimera_tui.domain.campaign_outline import CampaignState
from chimera_tui.domain.errors import LoadFailed, RunInProgress, SaveFailed
from chimera_tui.domain.run_events import RequestSent, RunFinished, RunStarted
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from chimera_tui.domain.telemetry import GpuSample
from chimera_tui.engine.ports import Corpus
from chimera_tui.services.journal.campaigns import JournalCampaigns
from chimera_tui.services.journal.journal import Journal
from tests.campaign.plans import cell, plan, record
from tests.engine.checkers import KnowingChecker
from tests.engine.scripted import Stage, stage
from tests.support import eventually

ONE, TWO = cell(1), cell(2)
OOM = LoadFailed("the model does not fit", next_="Ask for fewer layers.")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[JournalCampaigns]:
    journal = Journal.open(tmp_path / "journal.db", notify=lambda notice: None)
    try:
        yield journal.campaigns
    finally:
        journal.close()


class Night:
    """A runner on a stage, with pauses that only move the clock."""

    def __init__(self, on: Stage, store: JournalCampaigns, of: CampaignPlan) -> None:
        self.on = on
        self.store = store
        self.told: list[tuple[CampaignState, str]] = []
        self.paused_s: list[float] = []
        kept = record(of)
        store.begin(kept)
        self.runner = CampaignRunner(
            kept, (), workshop=on.conductor.workshop(), store=store, changed=self._tell, pause=self._pause
        )

    def _tell(self) -> None:
        self.told.append((self.runner.standing.state, self.runner.standing.why))

    async def _pause(self, wake: asyncio.Event, seconds: float) -> None:
        assert len(self.paused_s) < 200, "it waits for ever"
        self.paused_s.append(seconds)
        self.on.clock.now_ns += round(seconds * 1e9)
        await asyncio.sleep(0)

    async def begin(self) -> None:
        await self.on.conductor.take(self.runner, "night")
        self.runner.go()

    async def to_the_end(self) -> CampaignState:
        await self.begin()
        await self.over()
        return self.runner.standing.state

    async def over(self) -> None:
        await eventually(lambda: not self.on.conductor.is_busy, "the end of the campaign")

    def made(self) -> list[tuple[str, int, RunState]]:
        """(cell, repeat, state) of every run."""
        ends = [event.summary for event in self.on.heard.of(RunFinished)]
        return [(end.campaign.cell, end.campaign.repeat, end.state) for end in ends]

    def decisions(self) -> list[str]:
        return [decision.kind for decision in self.store.campaign("camp01").decisions]


async def test_every_repeat_is_made_in_its_place_and_models_are_loaded_before(store: JournalCampaigns) -> None:
    night = Night(stage(), store, plan(ONE, TWO))
    assert await night.to_the_end() is CampaignState.DONE
    assert sorted(night.made()) == [
        (each.cell_id, repeat, RunState.DONE) for each in (ONE, TWO) for repeat in (1, 2)
    ]
    assert night.decisions() == ["begun", "done"]
    loads = [settings.options.num_gpu for settings in night.on.server.preloaded]
    order = [event.settings[0].options.num_gpu for event in night.on.heard.of(RunStarted)]
    assert loads == [each for place, each in enumerate(order) if place == 0 or each != order[place - 1]]
    assert night.runner.left_out == {}


async def test_the_files_are_read_for_the_checks_before_a_run_begins_whose_wall_time_is_measured(
    store: JournalCampaigns,
) -> None:
    checker = KnowingChecker()
    on = stage(checker)
    begun: list[int] = []
    prepare = checker.prepare

    async def noted(corpus: Corpus) -> None:
        begun.append(len(on.heard.of(RunStarted)))
        await prepare(corpus)

    checker.prepare = noted  # type: ignore[method-assign]
    assert await Night(on, store, plan(ONE)).to_the_end() is CampaignState.DONE
    assert begun[0] == 0
    assert [event.summary.grounding_score for event in on.heard.of(RunFinished)] == [1.0, 1.0]


async def test_every_repeat_asks_the_same_also_after_a_restart(store: JournalCampaigns) -> None:
    on = stage()
    night = Night(on, store, plan(ONE))
    await night.to_the_end()
    kept = store.campaign("camp01")
    on.facts.facts = ()
    again = CampaignRunner(kept, (), workshop=on.conductor.workshop(), store=store, changed=lambda: None)
    await on.conductor.take(again, "again")
    again.go()
    await night.over()
    prompts = {event.prompt for event in on.heard.of(RequestSent) if event.step == "analysis"}
    assert len(prompts) == 1


async def test_a_cell_that_fails_is_tried_again_then_given_up_and_the_others_are_made(
    store: JournalCampaigns,
) -> None:
    on = stage(fail_with=OOM, fail_requests=frozenset())
    night = Night(on, store, plan(ONE, TWO, rules=Rules(stop=StopRule(tries=2))))
    bad = ONE.settings[0].options.num_gpu
    stream = on.server.stream

    def failing(request):  # type: ignore[no-untyped-def]
        on.server.fail_requests = (
            frozenset({len(on.server.requests) + 1}) if request.settings.options.num_gpu == bad else frozenset()
        )
        return stream(request)

    on.server.stream = failing  # type: ignore[method-assign]
    assert await night.to_the_end() is CampaignState.DONE
    assert night.runner.standing.why == "1 cell given up"
    states = [(cell_id, state) for cell_id, _, state in night.made()]
    assert states.count((ONE.cell_id, RunState.FAILED)) == 2
    assert states.count((TWO.cell_id, RunState.DONE)) == 2
    assert (CampaignState.WAITING, "the cells that are left failed; they are tried again") in night.told


async def test_a_server_that_is_down_is_waited_for_and_no_run_is_wasted(store: JournalCampaigns) -> None:
    on = stage(down=True)
    night = Night(on, store, plan(ONE))
    pause = night._pause

    async def up_after_three(wake: asyncio.Event, seconds: float) -> None:
        await pause(wake, seconds)
        on.server.down = len(night.paused_s) < 3

    night.runner.standing._pause = up_after_three
    assert await night.to_the_end() is CampaignState.DONE
    assert len(night.paused_s) == 3
    assert [state for _, _, state in night.made()] == [RunState.DONE] * 2
    assert any(state is CampaignState.WAITING and "no answer" in why for state, why in night.told)


async def test_a_server_that_is_down_leaves_its_cells_out_when_the_file_says_so(store: JournalCampaigns) -> None:
    night = Night(stage(down=True), store, plan(ONE, rules=Rules(hosts=HostRule(when_down="skip"))))
    assert await night.to_the_end() is CampaignState.DONE
    assert night.made() == []
    assert night.runner.standing.why == "1 cell left out: no server"


async def test_a_pause_lets_the_run_end_that_goes_on(store: JournalCampaigns) -> None:
    on = stage(hang=asyncio.Event())
    night = Night(on, store, plan(ONE))
    await night.begin()
    await eventually(lambda: on.server.requests, "the first request")
    with pytest.raises(RunInProgress, match="campaign night"):
        await on.conductor.start(RunRequest())
    night.runner.pause()
    assert on.server.hang is not None
    on.server.hang.set()
    await night.over()
    assert night.runner.standing.state is CampaignState.PAUSED
    assert [state for _, _, state in night.made()] == [RunState.DONE]


async def test_a_pause_that_waits_for_its_run_can_be_taken_back(store: JournalCampaigns) -> None:
    on = stage(hang=asyncio.Event())
    night = Night(on, store, plan(ONE))
    await night.begin()
    await eventually(lambda: on.server.requests, "the first request")
    night.runner.pause()
    assert night.runner.is_pausing
    assert night.runner.unpause()
    assert on.server.hang is not None
    on.server.hang.set()
    await night.over()
    assert night.runner.standing.state is CampaignState.DONE
    assert not night.runner.unpause()


async def test_a_run_that_is_cancelled_does_not_count_and_pauses_the_campaign(store: JournalCampaigns) -> None:
    on = stage(hang=asyncio.Event())
    night = Night(on, store, plan(ONE))
    await night.begin()
    await eventually(lambda: on.server.requests, "the first request")
    await on.conductor.cancel()
    await night.over()
    assert night.runner.standing.state is CampaignState.PAUSED
    assert night.decisions() == ["begun", "paused"]
    assert [state for _, _, state in night.made()] == [RunState.CANCELLED]
    assert night.runner.ledger.lacking() == (2, 0)


async def test_a_daemon_that_ends_leaves_an_interrupted_campaign(store: JournalCampaigns) -> None:
    on = stage(hang=asyncio.Event())
    night = Night(on, store, plan(ONE))
    await night.begin()
    await eventually(lambda: on.server.requests, "the first request")
    await on.conductor.close()
    assert night.runner.standing.state is CampaignState.INTERRUPTED
    assert night.decisions() == ["begun"]


async def test_a_run_that_takes_too_long_is_cut_off_and_has_failed(store: JournalCampaigns) -> None:
    on = stage(hang=asyncio.Event())
    rules = Rules(limits=Limits(run_s=0.01), stop=StopRule(tries=1))
    night = Night(on, store, plan(ONE, rules=rules))
    assert await night.to_the_end() is CampaignState.DONE
    (end,) = on.heard.of(RunFinished)
    assert end.summary.state is RunState.FAILED
    assert end.summary.agents[0].error.code == "run_too_long"


async def test_a_load_that_takes_longer_than_a_run_may_is_left_to_the_run(store: JournalCampaigns) -> None:
    on = stage(preload_hang=asyncio.Event())
    night = Night(on, store, plan(ONE, rules=Rules(limits=Limits(run_s=0.2))))
    assert await night.to_the_end() is CampaignState.DONE
    assert len(on.server.preloaded) == len(night.made()) == 2, "each run tries anew"


async def test_a_limit_of_tokens_stops_it_and_says_so(store: JournalCampaigns) -> None:
    night = Night(stage(), store, plan(ONE, TWO, rules=Rules(limits=Limits(tokens=11))))
    assert await night.to_the_end() is CampaignState.STOPPED
    assert len(night.made()) == 2  # 10 tokens a run
    assert night.runner.standing.why == "the limit of 11 tokens is reached"
    assert night.decisions() == ["begun", "stopped"]


async def test_it_waits_while_a_gpu_is_hot_but_not_for_ever(store: JournalCampaigns) -> None:
    on = stage()
    warmest = iter([81.0, 80.0, 64.0])

    async def items():  # type: ignore[no-untyped-def]
        gpu = GpuSample(0, "a GPU", "uuid", temperature_c=next(warmest, 90.0))
        from chimera_tui.domain.telemetry import HostSample, TelemetrySample

        yield TelemetrySample(on.clock.monotonic_ns(), HostSample(), (gpu,))

    rules = Rules(cool_down=CoolDown(below_c=65.0, at_most_s=30.0))
    night = Night(on, store, plan(ONE, rules=rules))
    night.runner._cooling._telemetry = _Hot(items)
    assert await night.to_the_end() is CampaignState.DONE
    hot = [why for state, why in night.told if state is CampaignState.WAITING]
    assert hot[:2] == [f"the hottest GPU has {warm} °C; it goes on below 65 °C" for warm in (81, 80)]
    assert sum(night.paused_s[2:]) == 30.0


class _Hot:
    """Telemetry of one GPU."""

    def __init__(self, items) -> None:  # type: ignore[no-untyped-def]
        self._items = items

    def samples(self):  # type: ignore[no-untyped-def]
        from contextlib import asynccontextmanager

        @asynccontextmanager
        async def opened():  # type: ignore[no-untyped-def]
            yield self._items()

        return opened()


async def test_it_waits_while_the_disk_takes_nothing_and_loses_nothing(store: JournalCampaigns) -> None:
    night = Night(stage(), store, plan(ONE))
    full = _FullDisk(store)
    night.runner._store = full  # type: ignore[assignment]
    pause = night.runner.standing._pause

    async def room_after_three(wake: asyncio.Event, seconds: float) -> None:
        await pause(wake, seconds)
        full.is_full = len(night.paused_s) < 3

    night.runner.standing._pause = room_after_three
    assert await night.to_the_end() is CampaignState.DONE
    assert [state for _, _, state in night.made()] == [RunState.DONE] * 2
    assert night.told[0] == (
        CampaignState.WAITING,
        "the journal can not be written; it goes on when the disk has room again",
    )
    assert len(night.paused_s) == 4, "three for the first run, one for the end, which was refused once"
    assert night.decisions() == ["begun", "done"]


class _FullDisk:
    """A store that takes nothing while it is full, and refuses the first decision after that."""

    def __init__(self, store: JournalCampaigns) -> None:
        self._store = store
        self.is_full = True
        self._refused = False

    @property
    def is_writable(self) -> bool:
        return not self.is_full

    def decide(self, *words: object) -> None:
        if not self._refused:
            self._refused = True
            raise SaveFailed("the journal can not be written: database or disk is full")
        self._store.decide(*words)  # type: ignore[arg-type]

    def keep_basis(self, *words: object) -> None:
        self._store.keep_basis(*words)  # type: ignore[arg-type]
