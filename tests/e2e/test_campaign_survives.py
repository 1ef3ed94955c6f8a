"""Whatever is killed, a campaign ends with exactly the runs that it asks for, each once."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from tests.e2e.campaign_night import Night, night

SMALL = 'scenario = "equal"\nnum_gpu = [10, 20]\ntemperature = [0.2, 0.8]'
LARGE = 'scenario = "equal"\nnum_gpu = [10, 20, 30]\nnum_ctx = [2048, 4096]\ntemperature = [0.2, 0.5, 0.8, 1.0]'


def survive(at: Night, kills: int, seed: int) -> None:
    """Kill so many processes at random moments of the campaign, then let it end."""
    rng = random.Random(seed)
    for number in range(kills):
        at.up()
        if number % 5 == 4:
            at.look()
        time.sleep(rng.uniform(0.05, 1.2))  # a random moment is what this is about
        assert at.is_active(), f"it was over after {number} kills: {dict(at.killed)}"
        at.kill(rng)
    at.finish()


def check(at: Night, cells: int, repeats: int) -> None:
    view, counted = at.view(), at.counted()
    assert len(view.progress) == cells
    assert [progress.done for progress in view.progress] == [repeats] * cells
    assert set(counted.values()) == {1}, "a repeat was counted twice"
    assert len(counted) == cells * repeats == view.outline.done == view.outline.wanted


def test_a_campaign_survives_what_is_killed(tmp_path: Path) -> None:
    with night(tmp_path, SMALL, repeats=2) as at:
        survive(at, kills=4, seed=3)
        check(at, cells=4, repeats=2)


@pytest.mark.skipif("CHIMERA_LONG_TESTS" not in os.environ, reason="takes minutes: `make test-long`")
def test_24_cells_of_5_repeats_survive_30_kills(tmp_path: Path) -> None:
    with night(tmp_path, LARGE, repeats=5) as at:
        survive(at, kills=30, seed=20261122)
        assert set(at.killed) == {"daemon", "probe", "ollama", "follower", "viewer"}
        check(at, cells=24, repeats=5)
