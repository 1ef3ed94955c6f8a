"""What reaches the panes of what was checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import NumbersChecked
from chimera_tui.tui.screens.feed import Feed, paints_itself
from tests.tui.scripted import REPORT_A, RUN, started, writes
from tests.tui.scripted_checks import JUDGED_A, checked

A, B = AgentId
NUMBERS = checked(REPORT_A, JUDGED_A)


class Pane:
    """Writes down what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Sequence[object]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *given: self.told.append((name, given))


def test_numbers_go_to_their_agents_pane_and_those_of_another_run_to_none() -> None:
    panes = {agent: Pane() for agent in AgentId}
    feed = Feed(cast(Any, None), cast(Any, panes.get))
    for event in (*started(), *writes(A, "report", REPORT_A), *writes(A, "report", "again")):
        feed.take(event)
    feed.take(NumbersChecked(RUN, A, "report", 3, NUMBERS))
    feed.take(NumbersChecked("zzz234", B, "report", 3, NUMBERS))
    names = [name for name, _ in panes[A].told]
    assert names == ["reset", "begin_section", "begin_text", "feed", "begin_text", "feed", "mark_numbers"]
    assert panes[A].told[-1] == ("mark_numbers", ("report", NUMBERS))
    assert [name for name, _ in panes[B].told] == ["reset"]


def test_checked_numbers_alone_paint_no_panel() -> None:
    assert paints_itself([NumbersChecked(RUN, A, "report", 3, NUMBERS)])
