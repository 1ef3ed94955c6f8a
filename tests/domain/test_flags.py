"""The one mark and the one count of a run's flags."""

from __future__ import annotations

from chimera_tui.domain.flags import Cause, Flag, tally
from chimera_tui.domain.options import AgentId

A, B = AgentId


def test_a_cause_counts_once_whomever_and_however_often_it_hit() -> None:
    cold = [Flag(Cause.COLD_LOAD, "", agent, step) for agent in (A, B) for step in ("analysis", "report")]
    assert tally([*cold, Flag(Cause.QUEUED, "", B, "report")]) == "⚑2"


def test_what_disturbs_and_what_is_only_told_have_marks_of_their_own() -> None:
    flags = [Flag(Cause.COLD_LOAD, ""), Flag(Cause.PARTIAL_OFFLOAD, ""), Flag(Cause.PROMPT_CACHED, "")]
    assert tally(flags) == "⚑1 •2"
    assert tally(flags[1:]) == "•2"
    assert tally(()) == ""
    assert [flag.cause.sign for flag in flags] == ["⚑", "•", "•"]
