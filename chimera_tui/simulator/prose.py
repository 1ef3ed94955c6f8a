"""The hand that writes: chooses words and tells numbers, as they stand in the facts unless it is to invent."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from chimera_tui.simulator.inventions import Inventions
from chimera_tui.simulator.promptfacts import Figure, PromptFacts, Topic

_CHOICE = 40
"""From so many numbers of a topic, those that vary first, the quoted ones are drawn."""
_Item = TypeVar("_Item")


class Pen:
    """One text's choices, all from one seeded generator."""

    def __init__(self, facts: PromptFacts, rng: random.Random, invent: float = 0.0) -> None:
        """`invent` is the share of the numbers that are wrong, 0…1; the words do not depend on it."""
        self.facts = facts
        self.inventions = Inventions(invent, random.Random(rng.getrandbits(64)))
        self._rng = rng

    def pick(self, *choices: str) -> str:
        return self._rng.choice(choices)

    def chance(self, share: float) -> bool:
        return self._rng.random() < share

    def some(self, items: Sequence[_Item], most: int) -> list[_Item]:
        """A few items, in their order."""
        chosen = sorted(self._rng.sample(range(len(items)), min(most, len(items))))
        return [items[index] for index in chosen]

    def number(self, printed: str) -> str:
        return self.inventions.number(printed)

    def mean(self, figure: Figure) -> str:
        return self.valued(figure, figure.mean)

    def valued(self, figure: Figure, printed: str) -> str:
        """A value of the figure with its unit."""
        return self.inventions.valued(printed, figure.unit)

    def lead(self, figure: Figure) -> str:
        """A text's foremost mean: the one that is wrong where one has to be."""
        printed = self.inventions.wrong(figure.mean) if self.inventions.due() else figure.mean
        return self.inventions.valued(printed, figure.unit)

    def figures(self, most: int) -> list[Figure]:
        """Numbers worth telling: rates, waits and times before settings, from different files where possible."""
        ranked: dict[tuple[str, str], Figure] = {}
        for topics in ((Topic.THROUGHPUT,), (Topic.TTFT,), (Topic.LATENCY, Topic.MEMORY), (Topic.OTHER,)):
            telling = [figure for figure in self.facts.about(*topics) if figure.tells]
            share = sorted(telling, key=lambda figure: not figure.varies)
            room = max(1, most // 2) if topics != (Topic.OTHER,) else most - len(ranked)
            for figure in self.some(share[:_CHOICE], max(0, room)):
                ranked.setdefault((figure.name, figure.path), figure)
        return list(ranked.values())[:most]

    def measured_once(self) -> Figure | None:
        """A telling number that rests on one value."""
        once = [figure for figure in self.facts.figures if figure.tells and figure.count == "1" and figure.path]
        return next(iter(self.some(once[:_CHOICE], 1)), None)

    def zeros(self) -> list[Figure]:
        """Rates and waits that are zero throughout: most likely failed runs."""
        timed = self.facts.about(Topic.THROUGHPUT, Topic.TTFT, Topic.LATENCY)
        return [figure for figure in timed if figure.is_zero]

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        lines = [head, ["---"] * len(head), *rows]
        return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)

    def figure_table(self, figures: Sequence[Figure]) -> str:
        rows = [
            (f"`{figure.name}`", self.mean(figure), self.valued(figure, figure.low),
             self.valued(figure, figure.high), f"`{short(figure.path)}`")
            for figure in figures
        ]  # fmt: skip
        return self.table(("Metric", "Mean", "Min", "Max", "File"), rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def short(path: str) -> str:
    """The last two parts of a path; enough to find the file, short enough for a table."""
    return "/".join(path.split("/")[-2:]) or "not reported"


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def sections(*parts: str) -> str:
    """Paragraphs with a blank line between them; empty ones vanish."""
    return "\n\n".join(part for part in parts if part) + "\n"
