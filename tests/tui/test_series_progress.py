from __future__ import annotations

from dataclasses import replace

from chimera_tui.domain.run_state import RunState
from chimera_tui.tui.series_progress import SeriesProgress
from tests.tui.scripted_history import place, run

S = 1_000_000_000


def test_nothing_is_estimated_before_a_run_of_the_series_has_ended() -> None:
    progress = SeriesProgress()
    progress.begin(place(1))
    assert progress.left_ns(10 * S) is None


def test_what_is_left_is_the_mean_of_what_ended_for_each_run_to_come() -> None:
    progress = SeriesProgress()
    for index, seconds in ((1, 20), (2, 40)):
        progress.begin(place(index))
        progress.finish(replace(run("a", series=place(index)), wall_ns=seconds * S))
    progress.begin(place(3))
    assert progress.left_ns(10 * S) == 80 * S  # two runs of 30 s, and 20 s of the third
    assert progress.left_ns(50 * S) == 60 * S  # the third is late: nothing of it is left to expect


def test_runs_of_another_series_say_nothing_about_this_one() -> None:
    progress = SeriesProgress()
    progress.begin(place(1, series_id="aaaaaa"))
    progress.finish(run("a", series=place(1, series_id="aaaaaa")))
    progress.begin(place(1))
    assert progress.left_ns(0) is None
    progress.begin(None)
    assert progress.place is None and progress.left_ns(0) is None


def test_a_run_that_failed_says_nothing_about_how_long_the_others_take() -> None:
    progress = SeriesProgress()
    progress.begin(place(1))
    progress.finish(replace(run("a", series=place(1)), state=RunState.FAILED, wall_ns=S))
    assert progress.left_ns(0) is None
