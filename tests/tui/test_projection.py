"""What the viewer holds to be a run's own: its offload, and the settings that its requests were sent with."""

from __future__ import annotations

from dataclasses import replace

from chimera_tui.domain.events import SettingsChanged
from chimera_tui.domain.grounding import Remark
from chimera_tui.domain.metrics import AgentState, Offload
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import OffloadMeasured, RepairJudged, RunFinished, TextChecked
from chimera_tui.domain.verdicts import Tally
from chimera_tui.tui.projection import Projection
from tests.tui.scripted import RUN, past, settings, started, state
from tests.tui.scripted_history import run

A, B = AgentId
LOADED_NOW = Offload(80, 34, 4_000_000_000, 1_144_000_000, 4096)
REMARK = Remark("cut", 0, "ends within a sentence")
OF_THE_RUN = Offload(10, 34, 4_000_000_000, 1_200_000_000, 4096)


def seen(*events: object) -> Projection:
    view = Projection()
    for event in (*past(), *events):
        view.apply(event)  # type: ignore[arg-type]
    return view


def test_before_a_run_what_is_loaded_now_is_nobodys_offload() -> None:
    assert seen(OffloadMeasured("", A, LOADED_NOW, 0)).agents[A].offload is None


def test_while_a_run_goes_on_its_own_measurement_counts_and_no_other() -> None:
    own, other = OffloadMeasured(RUN, A, OF_THE_RUN, 0), OffloadMeasured("zzz234", A, LOADED_NOW, 0)
    view = seen(*started(), own, other, OffloadMeasured("", A, LOADED_NOW, 0))
    assert view.agents[A].offload == OF_THE_RUN and view.agents[B].offload is None


def test_after_a_run_its_saved_measurement_stays_whatever_is_loaded_then() -> None:
    summary = run(RUN)
    view = seen(*started(), RunFinished(RUN, summary), OffloadMeasured("", A, LOADED_NOW, 0))
    assert view.agents[A].offload == summary.agents[0].offload


def test_a_run_that_begins_has_no_offload_of_the_run_before() -> None:
    view = seen(*started(), OffloadMeasured(RUN, A, OF_THE_RUN, 0), *started())
    assert view.agents[A].offload is None


def test_a_setting_that_the_running_request_was_sent_with_reloads_nothing() -> None:
    changed = SettingsChanged(A, settings(num_gpu=80, num_ctx=4096), ("num_gpu",))
    assert seen(changed).reloads(A) == ("num_gpu",)
    assert seen(changed, *started()).reloads(A) == ()


def test_a_setting_that_is_changed_while_a_run_goes_on_reloads_and_changed_back_does_not() -> None:
    view = seen(*started(), SettingsChanged(A, settings(num_gpu=20, num_ctx=4096)))
    assert view.reloads(A) == ("num_gpu",) and view.reloads(B) == ()
    view.apply(SettingsChanged(A, settings(num_gpu=80, num_ctx=4096), ("num_gpu",)))
    assert view.reloads(A) == ()


def test_what_was_loaded_before_a_series_is_not_told_between_its_runs() -> None:
    view = seen(
        SettingsChanged(A, settings(num_gpu=80, num_ctx=4096), ("num_gpu",)),
        *started(),
        RunFinished(RUN, run(RUN)),
    )
    assert view.reloads(A) == ()


def test_numbers_are_those_of_the_text_that_is_written_and_in_the_end_of_the_report_that_is_kept() -> None:
    writes = state(A, AgentState.WRITING, step="report", grounding=Tally(3, 1))
    mended = TextChecked(RUN, A, "repair", Tally(9), (REMARK,))
    view = seen(*started(), TextChecked(RUN, A, "analysis", Tally(5)), *writes)
    assert view.agents[A].grounding == Tally(3, 1) and view.agents[B].grounding is None
    view.apply(mended)
    view.apply(state(A, AgentState.DONE, grounding=Tally(9))[1])
    assert view.agents[A].grounding == Tally(9) and view.agents[A].checked == mended
    summary = run(RUN)
    view.apply(RunFinished(RUN, summary))
    view.apply(mended)
    kept = view.agents[A].checked
    assert view.agents[A].grounding == summary.agents[0].grounding and kept is not None and kept.step == "report"
    for event in started():
        view.apply(event)
    assert view.agents[A].grounding is None and view.agents[A].checked is None


def test_a_check_that_ends_after_its_run_counts_where_the_run_was_saved_without_it() -> None:
    summary = run(RUN)
    unchecked = replace(summary, agents=tuple(replace(each, grounding=None) for each in summary.agents))
    view = seen(*started(), RunFinished(RUN, unchecked), TextChecked(RUN, A, "report", Tally(5)))
    assert view.agents[A].grounding == Tally(5)


def test_checks_of_another_run_are_nobodys() -> None:
    view = seen(*started(), TextChecked("zzz234", A, "report", Tally(5), (REMARK,)))
    assert view.agents[A].checked is None


def test_what_came_of_mending_a_report_is_told_until_the_next_run() -> None:
    mended, kept = RepairJudged(RUN, A, True, "0 after", 0), RepairJudged(RUN, B, False, "it was cut", 0)
    view = seen(*started(), mended, kept, RunFinished(RUN, run(RUN)), RepairJudged("zzz234", A, False, "no", 0))
    told = [(each.is_mended, each.unmended) for each in view.agents.values()]
    assert told == [(True, ""), (False, "it was cut")]
    for event in started():
        view.apply(event)
    assert not any(each.is_mended or each.unmended for each in view.agents.values())
