"""The block structure of a piece of Markdown, as a small tree over markdown-it's tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

MAX_NESTING = 30
"""Markdown-it drops what is nested deeper; a block that reaches this is shown as it was written."""


@dataclass(slots=True)
class Node:
    """A block; `start` and `end` are line numbers, `end` exclusive."""

    kind: str
    token: Token
    start: int
    end: int
    children: list[Node] = field(default_factory=list)
    number: int = 0
    """Of an ordered list: the number of its first item."""

    @property
    def is_container(self) -> bool:
        return self.kind in ("bullet_list", "ordered_list", "list_item", "blockquote")


class Parser:
    """CommonMark with tables and strikethrough. `parsed_chars` counts the work it was given."""

    def __init__(self) -> None:
        self.parsed_chars = 0

    def warm_up(self) -> None:
        """Import and build the parsers now rather than with the first text (some 50 ms)."""
        self._full, self._outline  # noqa: B018  # building them is the point

    @cached_property
    def _full(self) -> MarkdownIt:
        return _configured()

    @cached_property
    def _outline(self) -> MarkdownIt:
        parser = _configured()
        parser.core.ruler.enableOnly(["normalize", "block"])
        return parser

    def outline(self, text: str) -> list[Node]:
        """Top-level blocks, their inline text left alone: half the work of `blocks`."""
        self.parsed_chars += len(text)
        return _tree(self._outline.parse(text, {}))

    def blocks(self, text: str, environment: dict[str, Any]) -> list[Node]:
        """Top-level blocks; link definitions are looked up in and added to `environment`."""
        self.parsed_chars += len(text)
        return _tree(self._full.parse(text, environment))


def _configured() -> MarkdownIt:
    # Heavy, and not needed before there is text: the first frame comes sooner without it.
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"maxNesting": MAX_NESTING}).enable(["table", "strikethrough"])


def _tree(tokens: Sequence[Token]) -> list[Node]:
    roots: list[Node] = []
    open_nodes: list[Node] = []
    for token in tokens:
        if token.nesting < 0:
            open_nodes.pop()
            continue
        start, end = token.map or ((open_nodes[-1].start, open_nodes[-1].end) if open_nodes else (0, 0))
        node = Node(token.type.removesuffix("_open"), token, start, end)
        (open_nodes[-1].children if open_nodes else roots).append(node)
        if token.nesting > 0:
            open_nodes.append(node)
    return roots


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every node in document order."""
    for node in nodes:
        yield node
        yield from walk(node.children)


def number_lists(nodes: Sequence[Node], resumed: Sequence[int]) -> None:
    """Give every ordered list its first number; the first lists of a resumed piece go on where they stopped."""
    going_on = iter(resumed)
    for node in walk(nodes):
        if node.kind == "ordered_list":
            node.number = next(going_on, int(node.token.attrs.get("start", 1)))


def is_too_deep(nodes: Sequence[Node]) -> bool:
    return any(node.token.level >= MAX_NESTING - 2 for node in walk(nodes))
