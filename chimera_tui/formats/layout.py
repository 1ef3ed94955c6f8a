"""The marks and fences that keep our sections apart from whatever a model writes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain

from markdown_it import MarkdownIt

VERSION = 1
SECTIONS = ("report", "workflow", "metrics", "findings", "recommendations", "persona")
"""Names of the sections that every report of ours has, in the order in which they are written."""
LATER_SECTIONS = {"metrics": ("waits", "hardware"), "recommendations": ("checked", "environment")}
"""Sections that not every report has, older ones none of them, in their order, by the section that they follow."""

_HEADER = re.compile(r"<!-- chimera:report (\d+)(?: ([0-9a-z]+))? -->")
_SENTINEL = "chimera sentinel paragraph"
_HTML_ENDS = ("</script>", "</pre>", "</style>", "</textarea>", "-->", "?>", "]]>", ">")


class Marks:
    """The comment lines before our sections. `key` is empty unless a text to be saved holds such lines itself."""

    def __init__(self, key: str = "") -> None:
        self._suffix = f" {key}" if key else ""

    @classmethod
    def unlike(cls, texts: Iterable[str]) -> Marks:
        """Marks that none of these texts contains."""
        held = [text for text in texts if "chimera:" in text]
        key, number = "", 0
        while any(cls(key).collides(text) for text in held):
            number += 1
            key = f"k{number}"
        return cls(key)

    @classmethod
    def of(cls, text: str) -> Marks | None:
        """The marks a saved report announces in its header, or None when it announces none."""
        head = text[: text.find("\n---\n")]
        found = _HEADER.search(head)
        return cls(found.group(2) or "") if found and int(found.group(1)) == VERSION else None

    def collides(self, text: str) -> bool:
        names = (*SECTIONS, *chain.from_iterable(LATER_SECTIONS.values()))
        return any(line in text for line in (self.end, self.end_closed, *map(self.section, names)))

    @property
    def header(self) -> str:
        return f"<!-- chimera:report {VERSION}{self._suffix} -->"

    def section(self, name: str) -> str:
        return f"<!-- chimera:section {name}{self._suffix} -->"

    @property
    def end(self) -> str:
        """After the model's text."""
        return f"<!-- chimera:end{self._suffix} -->"

    @property
    def end_closed(self) -> str:
        """The same, where the line before is ours: it closes what the model left open."""
        return f"<!-- chimera:end closed{self._suffix} -->"


def fenced(text: str) -> str:
    """The text as a code block whose fence is longer than any run of backticks in it."""
    fence = "`" * max(3, _longest_run(text, "`") + 1)
    return f"{fence}\n{text}\n{fence}"


def closing_line(text: str) -> str:
    """The line that ends a code fence or HTML block the text leaves open, so that what follows is Markdown again;
    empty when nothing is open."""
    parser = MarkdownIt("commonmark")
    if _is_free(parser, text):
        return ""
    candidates = [char * max(3, _longest_run(text, char)) for char in "`~"]
    return next((line for line in (*candidates, *_HTML_ENDS) if _is_free(parser, f"{text}\n{line}")), "")


def _is_free(parser: MarkdownIt, text: str) -> bool:
    """Whether a paragraph after the text would be a paragraph of the document."""
    tokens = parser.parse(f"{text}\n\n{_SENTINEL}\n")
    return len(tokens) >= 3 and tokens[-2].level == 1 and tokens[-2].content == _SENTINEL


def _longest_run(text: str, char: str) -> int:
    return max((len(run) for run in re.findall(f"{re.escape(char)}+", text)), default=0)
