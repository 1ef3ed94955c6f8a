"""Helpers for the Markdown tests: render in one go or in pieces, and make documents up."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from itertools import pairwise

from chimera_tui.tui.markdown.blocks import WINDOW, Document
from chimera_tui.tui.markdown.lines import Line
from chimera_tui.tui.markdown.tree import Parser

WORDS = [
    *("alpha", "beta", "**gamma**", "`code`", "[link](http://u.v/w)", "日本語", "naïve", "*it*", "~~st~~", "12"),
    *("-", "#", "delta_epsilon", "é", "word", "x", "throughput", "**two words**", "3.5%", "e\u0301", "👩\u200d🔬"),
]


def render(chunks: str | Iterable[str], width: int = 80, *, window: int = WINDOW) -> list[Line]:
    """The final lines; the open block is looked at after every chunk, as a pane would."""
    lines: list[Line] = []
    document = Document(width, lines, Parser(), window=window)
    for chunk in [chunks] if isinstance(chunks, str) else chunks:
        document.feed(chunk)
        document.open_lines()
    document.finish()
    return lines


def texts(markdown: str, width: int = 80) -> list[str]:
    return [line.text for line in render(markdown, width)]


def split_at(text: str, places: Sequence[int]) -> list[str]:
    borders = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[start:end] for start, end in pairwise(borders)]


def made_up(seed: int) -> str:
    """A document of paragraphs, headings, nested lists, quotes, tables, fences and rules."""
    chance = random.Random(seed)
    return chance.choice(["\n\n", "\n\n", "\n"]).join(_block(chance, 0) for _ in range(chance.randint(1, 8)))


def _words(chance: random.Random, most: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(chance.randint(1, most)))


def _block(chance: random.Random, depth: int) -> str:
    kind = chance.randint(0, 9)
    if kind == 0:
        return "#" * chance.randint(1, 6) + " Title " + _words(chance, 6)
    if kind in (1, 2, 3):
        return _list(chance, depth)
    if kind == 4:
        return "\n".join("> " + line for line in _block(chance, depth + 1).split("\n"))
    if kind == 5:
        lines = "\n".join(_words(chance, 8) for _ in range(chance.randint(0, 8)))
        return f"```{chance.choice(['python', '', 'json', 'nonsense'])}\n{lines}\n{chance.choice(['```', ''])}"
    if kind == 6:
        return _table(chance)
    if kind == 7:
        return chance.choice(["---", "Under\n---", "    code\n\n    more", "[ref]: /url 'x'"])
    return "\n".join(_words(chance, 40) for _ in range(chance.randint(1, 4)))


def _list(chance: random.Random, depth: int) -> str:
    number = chance.randint(1, 20) if chance.random() < 0.5 else None
    bullet = chance.choice("-*+")
    items = []
    for index in range(chance.randint(1, 6)):
        marker = bullet if number is None else f"{number + index}."
        body = "item " + _words(chance, 10)
        if depth < 3 and chance.random() < 0.4:
            body += chance.choice(["\n", "\n\n"]) + _block(chance, depth + 1)
        items.append(f"{marker} " + body.replace("\n", "\n" + " " * (len(marker) + 1)))
    return chance.choice(["\n", "\n\n"]).join(items)


def _table(chance: random.Random) -> str:
    columns = chance.randint(1, 5)
    rows = [
        "| " + " | ".join(_words(chance, 3) for _ in range(columns)) + " |" for _ in range(chance.randint(1, 8))
    ]
    return "\n".join(
        [rows[0], "|" + "|".join(chance.choice(["---", ":-:", "--:"]) for _ in range(columns)) + "|", *rows[1:]]
    )
