"""Whatever is killed, a campaign ends with exactly the runs that it asks for, and its journal lacks nothing."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunState
from tests.e2e.campaign_night import Night, night
from tests.e2e.witness import Numbers, Witness, check_file, check_numbers, check_run, journal_of, numbers_of
from tests.faults.table import LONG, cell

SMALL = 'scenario = "equal"\nnum_gpu = [10, 20]\ntemperature = [0.2, 0.8]'
LARGE = 'scenario = "equal"\nnum_gpu = [10, 20, 30]\nnum_ctx = [2048, 4096]\ntemperature = [0.2, 0.5, 0.8, 1.0]'
KILLS = int(os.environ.get("CHIMERA_KILLS", "300"))
REPEATS = max(2, KILLS // 25)
"""More than are made until the last kill: most kills cost a run, and three kills go by until one is whole."""
_MOST_LIKELY = 1_000
"""The last kill is the daemon's, if one is there."""


def survive(at: Night, kills: int, seed: int, folder: Path, daemons: int = 1, longest_s: float = 1.2) -> None:
    """Kill so many processes at random moments, look at the journal after each, then let the campaign end."""
    rng = random.Random(seed)
    with Witness(at.home) as witness:
        for number in range(kills):
            at.up()
            if number % 5 == 4:
                at.look()
            if LONG and number % 2:
                at.wait_for_a_run()  # else few of them would ever get far
            time.sleep(rng.uniform(0.02, longest_s))  # a random moment is what this is about
            assert at.is_active(), f"it was over after {number} kills: {dict(at.killed)}"
            if at.kill(rng, _MOST_LIKELY if number == kills - 1 else daemons) == "daemon":
                check_journal(at, witness, folder)
            else:
                witness.acknowledged()  # the daemon lives, and its answers tell no less than before
        at.finish()


def check_journal(at: Night, witness: Witness, folder: Path) -> None:
    """What the killed daemon has left opens, is sound, and holds all that was acknowledged."""
    acknowledged = witness.acknowledged()
    with at.quiet():
        journal = journal_of(at.home.places, folder)
    try:
        for run_id, story in acknowledged.items():
            check_run(journal, run_id, story)
        path = journal.path
    finally:
        journal.close()
    assert path is not None
    check_file(path)


def check(at: Night, cells: int, repeats: int) -> None:
    view, counted = at.view(), at.counted()
    assert len(view.progress) == cells
    assert [progress.done for progress in view.progress] == [repeats] * cells
    assert set(counted.values()) == {1}, "a repeat was counted twice"
    assert len(counted) == cells * repeats == view.outline.done == view.outline.wanted


def numbers_by_cell(at: Night, folder: Path) -> dict[str, list[dict[AgentId, Numbers]]]:
    """Of every run that is done, from the journal of a daemon that is killed for it."""
    at.kill_daemon()
    found: dict[str, list[dict[AgentId, Numbers]]] = {}
    with at.quiet():
        journal = journal_of(at.home.places, folder)
    try:
        for run in journal.runs(limit=100_000):
            events = tuple(journal.events(run.run_id))
            check_numbers(events)
            if run.state is RunState.DONE and run.campaign is not None:
                found.setdefault(run.campaign.cell, []).append(numbers_of(events))
    finally:
        journal.close()
    return found


def differences(
    undisturbed: Mapping[str, list[dict[AgentId, Numbers]]], disturbed: Mapping[str, list[dict[AgentId, Numbers]]]
) -> Iterator[str]:
    """Each figure of a repeat that an undisturbed run has otherwise."""
    for place, (quiet,) in undisturbed.items():
        for repeat, told in enumerate(disturbed[place]):
            for agent, figures in quiet.items():
                for name, value in figures.items():
                    if told[agent][name] != value:
                        yield f"{place} {repeat} {agent} {name}: {told[agent][name]!r:.500}, not {value!r:.500}"


@cell("probe SIGKILL", "at random moments of a campaign", "the run is made again, each repeat counts once")
@cell("daemon SIGKILL", "at random moments of a campaign", "its journal opens and holds all that was acknowledged")
@cell("viewer SIGKILL", "at random moments of a campaign", "the campaign goes on")
@cell("server dies", "at random moments of a campaign", "it is waited for, each repeat counts once")
def test_a_campaign_survives_what_is_killed(tmp_path: Path) -> None:
    with night(tmp_path, SMALL, repeats=2) as at:
        survive(at, kills=3, seed=3, folder=tmp_path / "copy")
        check(at, cells=4, repeats=2)
        for told in numbers_by_cell(at, tmp_path / "copy").values():
            assert told == told[:1] * 2, "repeats that were disturbed tell other numbers"


@pytest.mark.skipif("CHIMERA_LONG_TESTS" not in os.environ, reason="takes minutes: `make test-long`")
def test_24_cells_of_5_repeats_survive_30_kills(tmp_path: Path) -> None:
    with night(tmp_path, LARGE, repeats=5) as at:
        survive(at, kills=30, seed=20261122, folder=tmp_path / "copy")
        assert set(at.killed) == {"daemon", "probe", "ollama", "follower", "viewer"}
        check(at, cells=24, repeats=5)


@pytest.mark.skipif(not LONG, reason="takes a quarter of an hour: `make faults`")
@cell("probe SIGKILL", "300 kills over a campaign", "each repeat counts once, with an undisturbed run's numbers")
@cell("daemon SIGKILL", "300 kills over a campaign", "after each its journal opens and lacks nothing acknowledged")
@cell("viewer SIGKILL", "300 kills over a campaign", "the campaign goes on")
@cell("server dies", "300 kills over a campaign", "each repeat counts once, with an undisturbed run's numbers")
def test_300_kills_lose_nothing_and_change_no_number(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    with night(tmp_path / "quiet", LARGE, repeats=1) as quiet:
        quiet.finish()
        undisturbed = numbers_by_cell(quiet, tmp_path / "copy")
    with night(tmp_path / "night", LARGE, repeats=REPEATS, ports=quiet.ports) as at:
        survive(at, kills=KILLS, seed=20261123, folder=tmp_path / "copy", daemons=3, longest_s=0.7)
        record_property("tried", KILLS)
        record_property("killed", dict(at.killed))
        assert set(at.killed) == {"daemon", "probe", "ollama", "follower", "viewer"}
        check(at, cells=24, repeats=REPEATS)
        disturbed = numbers_by_cell(at, tmp_path / "copy")
    assert {place: len(told) for place, told in disturbed.items()} == dict.fromkeys(undisturbed, REPEATS)
    assert list(differences(undisturbed, disturbed)) == []
