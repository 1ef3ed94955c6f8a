"""What a report states: findings and recommendations, taken from the structure of its own Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from chimera_tui.domain.names import printable

MOST = 8
"""So many findings, and so many recommendations, are kept."""


@dataclass(frozen=True, slots=True)
class Lines:
    """Where a statement stands in its text: lines counted from 1, both included."""

    first: int
    last: int
    is_whole: bool
    """False when the lines hold other sentences as well."""


@dataclass(frozen=True, slots=True)
class Statements:
    """Plain one-line texts in the order of the report; empty when it states none."""

    findings: tuple[str, ...]
    recommendations: tuple[str, ...]
    finding_lines: tuple[Lines, ...] = ()
    """One for each of `findings`."""


def statements(text: str, *, cut_off: bool = False) -> Statements:
    """Read sections whose heading announces findings or recommendations: their list items, else their sentences.

    A summary counts as findings only where no section announces them. With `cut_off` the text ended in the
    middle, so a last item without a full stop is left out.
    """
    said: dict[_Topic, list[_Said]] = {topic: [] for topic in _Topic}
    for topic, section in _sections(text):
        said[topic] += _items(section) or _sentences(section)
    if cut_off:
        _drop_unfinished(said, text)
    findings = _distinct(said[_Topic.FINDINGS] or said[_Topic.SUMMARY])
    return Statements(
        findings=tuple(each.text for each in findings),
        recommendations=tuple(each.text for each in _distinct(said[_Topic.RECOMMENDATIONS])),
        finding_lines=tuple(each.lines for each in findings),
    )


class _Said(NamedTuple):
    text: str
    lines: Lines


class _Topic(IntEnum):
    FINDINGS = 1
    SUMMARY = 2
    RECOMMENDATIONS = 3


_WORDS = (
    (_Topic.FINDINGS, re.compile(r"\b(findings?|insights?|observations?|gaps?)\b")),
    (_Topic.RECOMMENDATIONS, re.compile(r"\b(recommend\w*|actions?|next steps?)\b")),
)
_SUMMARY = re.compile(r"\b(summary|overview|conclusions?)\b")


def _topic_of(heading: str) -> _Topic | None:
    """The topic whose word comes first; a summary is one only when no other word is there."""
    heading = heading.casefold()
    found = [(match.start(), topic) for topic, words in _WORDS if (match := words.search(heading))]
    if found:
        return min(found)[1]
    return _Topic.SUMMARY if _SUMMARY.search(heading) else None


_PSEUDO_LEVEL = 7
"""A paragraph that is all bold, or a short line with a colon, is a heading below all others."""


def _sections(text: str) -> Iterator[tuple[_Topic, list[SyntaxTreeNode]]]:
    """Blocks under each heading with a topic. Sub-headings inherit it, but not from a document's title."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    open_: list[tuple[int, _Topic | None]] = []
    blocks: list[SyntaxTreeNode] = []
    topic: _Topic | None = None
    for node in SyntaxTreeNode(parser.parse(text)).children:
        level = _level(node)
        if level is None:
            blocks.append(node)
            continue
        if topic is not None:
            yield topic, blocks
        blocks = []
        while open_ and open_[-1][0] >= level:
            open_.pop()
        topic = _topic_of(_plain(node)) or _inherited(open_)
        open_.append((level, topic))
    if topic is not None:
        yield topic, blocks


def _inherited(open_: Sequence[tuple[int, _Topic | None]]) -> _Topic | None:
    if not open_ or open_[-1][0] == 1:
        return None
    return open_[-1][1]


def _level(node: SyntaxTreeNode) -> int | None:
    """1–6 for a heading, 7 for a paragraph that stands for one, else None."""
    if node.type == "heading":
        return int(node.tag[1])
    if node.type != "paragraph":
        return None
    children = [child for child in node.children[0].children if child.type != "text" or child.content.strip(" :")]
    bold = len(children) == 1 and children[0].type == "strong"
    plain = _plain(node)
    announces = plain.endswith(":") and len(plain.split()) <= 6 and _topic_of(plain) is not None
    return _PSEUDO_LEVEL if bold or announces else None


# ---- text of blocks --------------------------------------------------------------------------------------


def _items(section: Iterable[SyntaxTreeNode]) -> list[_Said]:
    lists = (node for node in section if node.type in ("bullet_list", "ordered_list"))
    texts = (_item(item) for node in lists for item in node.children)
    return [said for said in texts if said.text]


def _item(item: SyntaxTreeNode) -> _Said:
    """One top-level item on one line; an inner list is folded in where the item announces it, else dropped."""
    paragraphs = [child for child in item.children if child.type == "paragraph"]
    own = " ".join(filter(None, map(_plain, paragraphs)))
    if not own.endswith(":") and own:
        return _Said(own, _lines(paragraphs))
    lists = [child for child in item.children if child.type in ("bullet_list", "ordered_list")]
    inner = [said.text.rstrip(".;") for said in _items(lists)]
    if not inner:
        return _Said("", _lines([item]))
    return _Said(f"{own} {'; '.join(inner)}.".strip(), _lines([item]))


def _lines(blocks: Sequence[SyntaxTreeNode], *, is_whole: bool = True) -> Lines:
    """From the first block to the end of the last."""
    spans = [block.map for block in blocks if block.map]
    first, last = min((span[0] for span in spans), default=0), max((span[1] for span in spans), default=0)
    return Lines(first + 1, last, is_whole)


_SENTENCE_END = re.compile(r"(?<=[.!?])[\"'”’)\]]*\s+(?=[^a-z\s])")
_ABBREVIATION = re.compile(r"(?:\b(?:e\.g|i\.e|vs|approx|etc|cf|fig|dr|mr|ms)|^\d{1,2})\.$", re.IGNORECASE)
_LEAST_WORDS = 3


def _sentences(section: Iterable[SyntaxTreeNode]) -> list[_Said]:
    """Complete sentences of the section's paragraphs; a question is no statement."""
    return [
        _Said(sentence, _lines([node], is_whole=False))
        for node in section
        if node.type == "paragraph"
        for sentence in _split(_plain(node))
        if re.search(r"[.!][\"'”’)\]]*$", sentence) and len(sentence.split()) >= _LEAST_WORDS
    ]


def _split(paragraph: str) -> Iterator[str]:
    start = 0
    for end in _SENTENCE_END.finditer(paragraph):
        sentence = paragraph[start : end.end()].strip()
        if not _ABBREVIATION.search(sentence):
            yield sentence
            start = end.end()
    if rest := paragraph[start:].strip():
        yield rest


def _plain(block: SyntaxTreeNode) -> str:
    """A heading's or paragraph's text on one line, without its inline Markdown and without stray asterisks."""
    text = "".join(_inline(node) for node in block.walk() if not node.children)
    text = re.sub(r"\*{2,}", "", text)
    return printable(" ".join(text.split()))


def _inline(leaf: SyntaxTreeNode) -> str:
    if leaf.type in ("softbreak", "hardbreak"):
        return " "
    return leaf.content if leaf.type in ("text", "code_inline", "image") else ""


def _distinct(texts: Iterable[_Said]) -> tuple[_Said, ...]:
    seen: dict[str, _Said] = {}
    for said in texts:
        seen.setdefault(said.text.casefold().rstrip(" ."), said)
    return tuple(seen.values())[:MOST]


def _drop_unfinished(said: dict[_Topic, list[_Said]], text: str) -> None:
    """Drop the item in which the text breaks off: the one whose end is the end of the text."""
    ending = re.sub(r"\W+", "", text)[-20:]
    for items in said.values():
        if (
            items
            and ending.endswith(re.sub(r"\W+", "", items[-1].text)[-20:])
            and not items[-1].text.endswith((".", "!", "?"))
        ):
            items.pop()
