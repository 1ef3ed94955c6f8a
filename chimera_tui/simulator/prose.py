"""The hand that writes: chooses words, tells numbers, and gets about one number in eight wrong on purpose."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

from chimera_tui.simulator.promptfacts import Figure, PromptFacts, Topic

WRONG_SHARE = 1 / 8
_CHOICE = 40
"""From so many numbers of a topic, those that vary first, the quoted ones are drawn."""
_Item = TypeVar("_Item")


class Pen:
    """One text's choices, all from one seeded generator."""

    def __init__(self, facts: PromptFacts, rng: random.Random) -> None:
        self.facts = facts
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
        """The number as it was printed, or a wrong one that looks like it."""
        return self._wrong(printed) if self.chance(WRONG_SHARE) else printed

    def _wrong(self, printed: str) -> str:
        value = float(printed.replace(",", ""))
        decimals = len(printed.partition(".")[2]) if "e" not in printed.lower() else 3
        if not decimals:
            return str(int(value) + self._rng.choice((-3, -2, -1, 1, 2, 4)) if value > 4 else int(value) + 1)
        return f"{value * self._rng.choice((0.62, 0.81, 1.18, 1.34, 1.7)):.{decimals}f}"

    def mean(self, figure: Figure) -> str:
        return self.valued(figure, figure.mean)

    def valued(self, figure: Figure, printed: str) -> str:
        """A value of the figure with its unit."""
        unit = f" {figure.unit}" if figure.unit else ""
        return f"{self.number(printed)}{unit}"

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
            (f"`{figure.name}`", self.mean(figure), self.number(figure.low), self.number(figure.high),
             f"`{short(figure.path)}`")
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
