"""A checker at the engine's boundary: it knows which numbers are wrong, and what they should be."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chimera_tui.domain.grounding import CheckedNumber, CheckedText, FactPlace
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.engine.ports import Corpus

_NUMBER = re.compile(r"[0-9]+")
Tell = Callable[[int, tuple[CheckedNumber, ...]], None]


@dataclass
class KnowingChecker:
    """Every whole number is a claim: wrong when `truths` has another value for it, else supported."""

    truths: Mapping[str, str] = field(default_factory=dict)
    hold: asyncio.Event | None = None
    """When set, the end of a check waits for it."""
    prepared: list[Corpus] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)
    """The date that each text was begun with."""
    texts: list[str] = field(default_factory=list)
    """What was written of each text, as far as it came."""

    async def prepare(self, corpus: Corpus) -> None:
        await asyncio.sleep(0)
        self.prepared.append(corpus)

    def check(self, corpus: Corpus, today: str, tell: Tell) -> KnowingCheck:
        self.begun.append(today)
        self.texts.append("")
        return KnowingCheck(self, len(self.texts) - 1, tell)


class KnowingCheck:
    def __init__(self, checker: KnowingChecker, place: int, tell: Tell) -> None:
        self._checker, self._place, self._tell = checker, place, tell
        self._numbers: list[CheckedNumber] = []
        self._lines = 0

    def add(self, text: str) -> None:
        self._checker.texts[self._place] += text
        *whole, _ = self._checker.texts[self._place].split("\n")
        self._read(whole)

    async def finish(self) -> CheckedText:
        if self._checker.hold is not None:
            await self._checker.hold.wait()
        self._read(self._checker.texts[self._place].split("\n"))
        return CheckedText(tuple(self._numbers), lines=self._lines, files=2)

    def _read(self, lines: list[str]) -> None:
        found = [
            self._checked(number, match)
            for number, line in enumerate(lines[self._lines :], self._lines + 1)
            for match in _NUMBER.finditer(line)
        ]
        self._numbers += found
        if len(lines) > self._lines:
            self._lines = len(lines)
            self._tell(self._lines, tuple(found))

    def _checked(self, line: int, match: re.Match[str]) -> CheckedNumber:
        text = match.group()
        truth = self._checker.truths.get(text, "")
        verdict = Verdict.CONTRADICTED if truth else Verdict.SUPPORTED
        place = FactPlace("", "json files")
        return CheckedNumber(line, match.start(), match.end(), text, verdict, "json files", truth, place)
