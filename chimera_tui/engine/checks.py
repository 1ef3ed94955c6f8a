"""The texts of one run, checked against the files while they are written; what is found is told at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from chimera_tui.domain.grounding import CheckedNumber, CheckedText, Remark
from chimera_tui.domain.metrics import Step
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import NumbersChecked, RunEvent, TextChecked
from chimera_tui.engine.ports import Checker, Corpus, TextCheck

BETWEEN_S = 2.0
"""How long a request waits for the check of the text before it, which would take time from the model that is
measured: milliseconds, usually. A check that takes longer goes on beside it."""
AT_END_S = 5.0
"""How long a run's end waits for its checks."""
MOST_TOLD = 2_000
"""Numbers of one text that are told one by one; all of them are counted."""

_LATE = "the check was not over when the run was saved"
_MANY = f"only the first {MOST_TOLD:,} numbers are told one by one"


class RunChecks:
    """All of a run. Without a checker nothing is checked and nothing is told, and only this class knows of it."""

    def __init__(self, run_id: str, checker: Checker | None, today: str, emit: Callable[[RunEvent], None]) -> None:
        """`today` is the date that the agents were told, UTC."""
        self._run_id = run_id
        self._checker = checker
        self._today = today
        self._emit = emit
        self._corpus: Corpus | None = None
        self._preparing = asyncio.Lock()
        self._texts: dict[tuple[AgentId, Step], WrittenText] = {}

    async def prepare(self, corpus: Corpus) -> None:
        """Have the files' numbers at hand, once a run: the agent that comes second waits for the first, so that no
        request is open meanwhile."""
        async with self._preparing:
            if self._checker is not None and self._corpus is None:
                await self._checker.prepare(corpus)
                self._corpus = corpus

    def begin(self, agent: AgentId, step: Step) -> WrittenText:
        """A text is about to be written."""

        def tell(lines: int, numbers: tuple[CheckedNumber, ...]) -> None:
            self._emit(NumbersChecked(self._run_id, agent, step, lines, numbers))

        def conclude(told: CheckedText) -> None:
            problem = told.problem or (_MANY if len(told.numbers) > MOST_TOLD else "")
            self._emit(
                TextChecked(self._run_id, agent, step, told.tally, told.remarks, problem, told.lines, told.files)
            )

        text = WrittenText(self._today, tell, conclude)
        if self._checker is not None and self._corpus is not None:
            text.follow(self._checker.check(self._corpus, self._today, text.heard))
        self._texts[agent, step] = text
        return text

    def of(self, agent: AgentId, step: Step) -> CheckedText | None:
        """What a check came to; None before that, and where nothing was checked."""
        text = self._texts.get((agent, step))
        return text.told if text is not None else None

    async def settled(self, patience_s: float, agent: AgentId | None = None) -> None:
        """Wait until the texts that are whole are checked, those of one agent or all, but not longer than this."""
        tasks = [text.task for (who, _), text in self._texts.items() if agent in (None, who) and text.task]
        if tasks:
            await asyncio.wait(tasks, timeout=patience_s)

    async def end(self) -> None:
        """The run is about to be saved: what is not checked by now never will be."""
        await self.settled(AT_END_S)
        for text in self._texts.values():
            text.give_up()


class WrittenText:
    """One text, from its first character to what its check came to."""

    def __init__(
        self,
        today: str,
        tell: Callable[[int, tuple[CheckedNumber, ...]], None],
        conclude: Callable[[CheckedText], None],
    ) -> None:
        self.told: CheckedText | None = None
        self.task: asyncio.Task[None] | None = None
        """Waits for the check of the whole text."""
        self._today = today
        self._tell = tell
        self._conclude = conclude
        self._check: TextCheck | None = None
        self._heard: list[CheckedNumber] = []
        self._lines = 0
        self._over = False

    def follow(self, check: TextCheck) -> None:
        self._check = check

    def heard(self, lines: int, numbers: tuple[CheckedNumber, ...]) -> None:
        """From the checker: some more lines are checked."""
        if self._over:
            return
        self._lines = lines
        room = MOST_TOLD - len(self._heard)
        self._heard += numbers
        if numbers and room > 0:
            self._tell(lines, numbers[:room])

    def add(self, text: str) -> None:
        """What the model wrote next, without its thoughts."""
        if self._check is not None and text:
            self._check.add(text)

    def close(self, text: str, done_reason: str | None) -> None:
        """No more will be written, for whatever reason; `text` is all of it, `done_reason` the server's, None when
        the stream ended without its last line."""
        if self._check is not None:
            self.task = asyncio.create_task(self._finish(self._check, text, done_reason), name="check of a text")

    async def _finish(self, check: TextCheck, text: str, done_reason: str | None) -> None:
        told = await check.finish()
        if not text and done_reason is None:
            self._over = True  # the request failed before its first token: there is nothing to be said of it
            return
        found = await asyncio.to_thread(remarks_of, text, done_reason, self._today)
        self._settle(replace(told, remarks=found))

    def give_up(self) -> None:
        """Nobody waits any longer."""
        if self.task is not None and not self._over:
            self.task.cancel()
            self._settle(CheckedText(tuple(self._heard), lines=self._lines, problem=_LATE))
        self._over = True

    def _settle(self, told: CheckedText) -> None:
        if not self._over:
            self.told, self._over = told, True
            self._conclude(told)


def remarks_of(text: str, done_reason: str | None, today: str) -> tuple[Remark, ...]:
    """What is to be said of a whole text beside its numbers; `done_reason` and `today` as in `WrittenText`."""
    from chimera_tui.analysis.grounding.remarks import remarks  # with a first report, not with the daemon's start

    found = remarks(text, done_reason=done_reason, today=today)
    if done_reason is None and all(remark.kind != "cut" for remark in found):
        return (*found, Remark("cut", 0, "the stream ended before the text was whole"))
    return found
