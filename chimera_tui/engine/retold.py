"""What an agent wrote, and what its check came to, told again from a run's events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from chimera_tui.domain.grounding import CheckedNumber, CheckedText, Grounds
from chimera_tui.domain.metrics import Step
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import (
    FactsIngested,
    NumbersChecked,
    RepairJudged,
    RequestFinished,
    RequestSent,
    RunEvent,
    TextChecked,
    TokensArrived,
)
from chimera_tui.engine import repair
from chimera_tui.engine.ports import AgentText


@dataclass(slots=True)
class RetoldText:
    """One text of an agent."""

    parts: list[str] = field(default_factory=list)
    numbers: list[CheckedNumber] = field(default_factory=list)
    lines: int = 0
    """That were checked."""
    done_reason: str | None = None
    """The server's; None when the stream ended without its last line."""
    checked: TextChecked | None = None
    """None for a text whose check was not over."""

    @property
    def text(self) -> str:
        """Without the model's thoughts."""
        return "".join(self.parts)

    def found(self) -> CheckedText | None:
        """What its check came to; of very many numbers only those that were told one by one are in it."""
        if self.checked is None:
            return None
        told = self.checked
        return CheckedText(tuple(self.numbers), told.remarks, told.lines, told.files, told.problem)


class RetoldAgent:
    """Feed it one agent's events in order."""

    def __init__(self) -> None:
        self.grounds: Grounds | None = None
        self.texts: defaultdict[Step, RetoldText] = defaultdict(RetoldText)
        self._persona = ""
        self._repaired = False

    def apply(self, event: RunEvent) -> None:
        match event:
            case FactsIngested(grounds=grounds):
                self.grounds = grounds
            case RequestSent(system=system):
                self._persona = system
            case TokensArrived(step=step, chunks=chunks):
                self.texts[step].parts += [chunk.text for chunk in chunks if not chunk.thinking]
            case RequestFinished(metrics=metrics):
                self.texts[metrics.step].done_reason = metrics.done_reason
            case NumbersChecked(step=step):
                self.texts[step].numbers += event.numbers
                self.texts[step].lines = event.lines
            case TextChecked(step=step):
                self.texts[step].checked = event
            case RepairJudged(taken=taken):
                self._repaired = taken
            case _:
                pass

    def written(self) -> AgentText:
        """For saving, as the run itself would have had it saved."""
        first = self.texts["report"]
        kept = self.texts["repair"] if self._repaired else first
        return AgentText(
            analysis=self.texts["analysis"].text,
            report=kept.text,
            system=self._persona,
            data_summary=self.grounds.summary if self.grounds is not None else "",
            checked=kept.found(),
            unrepaired=first.text if self._repaired else "",
            mended=repair.contradicted(first.found()) if self._repaired else (),
        )


def retold(agents: Iterable[AgentId], events: Iterable[RunEvent]) -> Mapping[AgentId, RetoldAgent]:
    """All agents of a run."""
    found = {agent: RetoldAgent() for agent in agents}
    for event in events:
        agent = getattr(event, "agent", None)
        if agent in found:
            found[agent].apply(event)
    return found
