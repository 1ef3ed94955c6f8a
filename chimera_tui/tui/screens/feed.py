"""What events hold for the panes and the tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from chimera_tui.domain.events import Attached, CaughtUp, Event, FactsRead, FilesChanged, ScanFinished
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    NumbersChecked,
    RequestFinished,
    RequestSent,
    RunStarted,
    TokensArrived,
)

if TYPE_CHECKING:
    from chimera_tui.tui.widgets.inventory_tree import InventoryTree
    from chimera_tui.tui.widgets.marked_pane import MarkedPane

_THINKING, _TEXT = attrgetter("thinking"), attrgetter("text")


def tells_all(batch: Sequence[Event]) -> bool:
    """Whether the past has been told with these."""
    return any(isinstance(event, CaughtUp) for event in batch)


def brings_much(batch: Sequence[Event]) -> bool:
    """Whether all there was came with these: the past, or every file."""
    return any(isinstance(event, CaughtUp | ScanFinished) for event in batch)


def paints_itself(batch: Sequence[Event]) -> bool:
    """Whether only panes and tree show something of these."""
    return all(isinstance(event, TokensArrived | NumbersChecked | FilesChanged | FactsRead) for event in batch)


class Feed:
    """Hands text to the panes and files to the tree."""

    def __init__(self, tree: InventoryTree, pane: Callable[[AgentId], MarkedPane]) -> None:
        self._tree = tree
        self._pane = pane
        self._sections: dict[AgentId, str] = {}
        self._run_id = ""

    def take(self, event: Event) -> None:
        match event:
            case Attached(labels=labels):
                self._forget(labels)
            case FilesChanged():
                self._tree.apply(event)
            case FactsRead(problems=problems):
                for path, problem in problems:
                    self._tree.apply_problem(path, problem)
            case RunStarted(agents=agents, run_id=run_id):
                self._run_id = run_id
                for agent in agents:
                    self._pane(agent).reset()
                    self._sections.pop(agent, None)
            case RequestSent(agent=agent, step=step):
                if self._sections.get(agent) != step:
                    self._sections[agent] = step
                    self._pane(agent).begin_section(step)
                self._pane(agent).begin_text(step)
            case TokensArrived(agent=agent, chunks=chunks):
                pane = self._pane(agent)
                for thinking, alike in groupby(chunks, _THINKING):
                    (pane.feed_thinking if thinking else pane.feed)("".join(map(_TEXT, alike)))
            case NumbersChecked(agent=agent, step=step, numbers=numbers):
                if event.run_id == self._run_id:
                    self._pane(agent).mark_numbers(step, numbers)
            case RequestFinished():
                self._pane(event.agent).finish()
            case AgentStateChanged(agent=agent, error=error) if error is not None:
                self._pane(agent).finish()
            case _:
                pass

    def _forget(self, labels: Sequence[str]) -> None:
        self._sections.clear()
        self._tree.reset(labels)
        for agent in AgentId:
            self._pane(agent).reset()
