"""What a run's summary says of the run as a measurement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.metrics import RequestMetrics
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.timings import ClientTimings, ServerTimings
from tests.formats.records import failed, outcome, request, summary, unreported

A, B = AgentId


def without(field: str) -> RequestMetrics:
    plain = request("report")
    return replace(plain, server=replace(plain.server, **{field: None}))


def test_a_run_is_clean_when_its_counters_were_reported_and_show_nothing() -> None:
    assert summary().is_clean is True
    told = Flag(Cause.PROMPT_CACHED, "890 of 900 tokens", A, "report")
    assert replace(summary(), flags=(told,)).is_clean is True


@pytest.mark.parametrize("field", ["total_ns", "load_ns", "prompt_tokens", "prompt_ns", "eval_tokens", "eval_ns"])
def test_a_run_with_a_counter_that_was_not_reported_is_not_known_to_be_clean(field: str) -> None:
    run = summary(outcome(A), outcome(B, requests=(request("analysis"), without(field))))
    assert run.state is RunState.DONE and run.is_clean is None


def test_a_server_that_does_not_count_cached_tokens_measures_all_the_same() -> None:
    assert request("analysis").server.prompt_cached_tokens is None
    assert summary().is_measured


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED, RunState.RUNNING])
def test_a_run_that_was_not_done_is_not_known_to_be_clean(state: RunState) -> None:
    assert summary(state=state).is_clean is None


def test_a_run_that_asked_nothing_or_got_no_token_is_not_known_to_be_clean() -> None:
    assert summary(outcome(A), outcome(B, requests=())).is_clean is None
    assert summary(outcome(A, requests=(unreported("analysis"),))).is_clean is None
    silent = replace(request("analysis"), client=ClientTimings(5, closed_ns=9))
    assert summary(outcome(A, requests=(silent,))).is_clean is None
    assert replace(summary(), agents=()).is_clean is None


def test_what_is_known_to_have_disturbed_a_run_outweighs_what_is_not_known() -> None:
    cut = RequestMetrics("analysis", ServerTimings(), ClientTimings(5))
    run = replace(summary(outcome(A, requests=(cut,)), state=RunState.FAILED), flags=(Flag(Cause.NO_DONE, "cut"),))
    assert run.is_clean is False


def test_marks_tell_apart_what_disturbed_what_is_told_and_what_is_not_known() -> None:
    told, cold = Flag(Cause.PROMPT_CACHED, "", A, "report"), Flag(Cause.COLD_LOAD, "", A, "report")
    blind = summary(outcome(A, requests=(without("load_ns"),)))
    assert (summary().marks, blind.marks) == ("", "?")
    assert replace(summary(), flags=(cold, told)).marks == "⚑1 •1"
    assert replace(blind, flags=(told,)).marks == "? •1"
    assert replace(blind, flags=(cold,)).marks == "⚑1"
    assert summary(state=RunState.CANCELLED).marks == ""  # its state says enough


def test_the_verdict_says_whether_a_run_may_be_compared_and_why_that_is_not_known() -> None:
    blind = summary(outcome(A, requests=(without("load_ns"),)))
    assert summary().verdict == "clean: nothing is known to have disturbed it"
    assert replace(blind, flags=(Flag(Cause.COLD_LOAD, ""),)).verdict.startswith("⚑1: left out of comparisons")
    unknown = "not known whether anything disturbed it: "
    assert blind.verdict == f"{unknown}the server left counters out"
    assert summary(state=RunState.FAILED).verdict == f"{unknown}it failed"


@pytest.mark.parametrize("state", [RunState.FAILED, RunState.CANCELLED, RunState.RUNNING])
def test_only_a_run_that_is_done_has_an_overlap_efficiency(state: RunState) -> None:
    assert summary().overlap_efficiency == pytest.approx(0.88)
    assert summary(outcome(A), failed(B), state=state).overlap_efficiency is None
