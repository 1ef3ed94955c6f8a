"""Where a block that has grown too long is cut, and how the rest goes on inside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from rich.cells import cell_len

from chimera_tui.tui.markdown.render import Resume, is_blank
from chimera_tui.tui.markdown.tree import Node

_MARKER = re.compile(r"[ \t]*(?:>|[-+*](?=[ \t]|$)|\d{1,9}[.)](?=[ \t]|$))")
_SPACE = re.compile(r"[ \t]*")
_NOT_BLANK = re.compile(r"[^ \t>]")
_HOLD = "#"
"""An empty heading holds the place of what is already drawn: no text that follows can join it."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The first `length` characters of the window are finished; the rest goes on as `resume` says."""

    length: int
    resume: Resume

    @property
    def keeps_last_line(self) -> bool:
        """The last line is not full yet: the rest of it comes with the next piece."""
        return self.resume.joint is not None


class Cutter:
    """One window of text (a header that was put before it, then source) and its single open block."""

    def __init__(self, source: str, header_length: int, nodes: Sequence[Node]) -> None:
        self._source = source
        self._lines = source.split("\n")
        self._header = header_length
        self._nodes = nodes
        self._least = (len(source) - header_length) // 4
        self._starts = [0]
        for line in self._lines:
            self._starts.append(min(self._starts[-1] + len(line) + 1, len(source)))

    def cut(self) -> Cut:
        """Before the last item or block that is far enough in, else inside the last leaf.

        Never shorter than a quarter of the window, so that the work per character stays bounded.
        """
        return self.cut_between() or self._in_last_leaf()

    def cut_between(self) -> Cut | None:
        """Between two items or blocks only."""
        path: list[Node] = []
        siblings = self._nodes
        while siblings:
            last = siblings[-1]
            if len(siblings) > 1 and self._starts[last.start] - self._header >= self._least:
                return self._before_line(last.start, path, siblings)
            if not last.is_container:
                return None
            path.append(last)
            siblings = last.children
        return None

    def _in_last_leaf(self) -> Cut:
        path: list[Node] = []
        node = self._nodes[-1] if self._nodes else None
        while node is not None and node.is_container and node.children:
            path.append(node)
            node = node.children[-1]
        if node is None:
            return Cut(len(self._source) - self._header, Resume())
        return self._in_leaf(node, path, self._least)

    def _before_line(self, line: int, path: Sequence[Node], siblings: Sequence[Node] = ()) -> Cut:
        if not path:
            return self._at(self._starts[line], Resume())
        resume = self._resume(self._item_lines(path), path)
        if siblings and path[-1].kind == "ordered_list":
            resume = replace(resume, numbers=(*resume.numbers, path[-1].number + len(siblings) - 1))
        resume = replace(resume, gap=bool(line) and is_blank(self._lines[line - 1]))
        return Cut(self._starts[line] - self._header, resume)

    def _in_leaf(self, leaf: Node, path: Sequence[Node], least: int) -> Cut:
        whole_lines = self._source.rfind("\n") + 1
        enough = whole_lines - self._header >= least
        match leaf.kind:
            case "fence" if _is_closed(leaf):
                return self._before_line(leaf.end, path)
            case "fence" | "code_block" if enough:
                return self._at(whole_lines, self._resume_code(leaf, path))
            case "fence" | "code_block":
                resume = self._resume_code(leaf, path)
                lead = self._lead(leaf, path)
                end = _unbroken(self._source, len(self._source) - 1)
                return self._at(end, _joined(resume, lead, ""))
            case "table" if enough and whole_lines > self._starts[leaf.start + 2]:
                return self._at(min(whole_lines, self._starts[leaf.end]), self._resume_table(leaf, path))
            case "html_block" if enough:
                return self._at(whole_lines, Resume(inside=True))
            case "paragraph":
                return self._in_paragraph(leaf, path)
            case _:
                # A heading or table row longer than the window: the rest of its line is text in the same place.
                resume = self._resume(self._item_lines(path), path)
                lead = "" if self._source.endswith("\n") else self._lead(leaf, path)
                return self._at(len(self._source), replace(resume, header=resume.header + lead))

    def _in_paragraph(self, leaf: Node, path: Sequence[Node]) -> Cut:
        resume = self._resume(self._item_lines(path), path)
        source, lead = self._source, self._lead(leaf, path)
        lowest = max(self._header + (len(source) - self._header) // 2, self._starts[leaf.start])
        # The last line may yet turn out to be the head of a table.
        end = max(source.rfind("\n", lowest, -1), lowest)
        end = end if end > lowest else len(source) - 1
        for at in range(end, lowest, -1):
            # Only a letter can begin the rest: anything else might be taken for a block's marker.
            if source[at].isalpha() and source[at - 1] in " \n":
                return self._at(at, _joined(resume, lead, " "))
        at = _unbroken(source, len(source) - 1)
        joint = " " if source[at - 1].isspace() or source[at] == "\n" else ""
        if source[at] == "\n" or (source[at].isalnum() and not source[at].isdigit()):
            return self._at(at, _joined(resume, lead, joint))
        return self._at(at + 1, _joined(resume, f"{lead}&#{ord(source[at])};", joint))

    def _resume_code(self, leaf: Node, path: Sequence[Node]) -> Resume:
        header = self._item_lines(path)
        if leaf.kind == "fence":
            header[leaf.start] = self._lines[leaf.start]
        return self._resume(header, path)

    def _resume_table(self, leaf: Node, path: Sequence[Node]) -> Resume:
        header = self._item_lines(path)
        header.update({line: self._lines[line] for line in (leaf.start, leaf.start + 1)})
        return self._resume(header, path)

    def _resume(self, header: dict[int, str], path: Sequence[Node]) -> Resume:
        text = "".join(f"{header[line]}\n" for line in sorted(header))
        return Resume(text, len(header), tuple(_numbers(path)), inside=True)

    def _at(self, end: int, resume: Resume) -> Cut:
        return Cut(end - self._header, resume)

    def _item_lines(self, path: Sequence[Node]) -> dict[int, str]:
        """A line per list item that goes on: its markers as they stand in the source, with a placeholder."""
        lines = {}
        for position, node in enumerate(path):
            if node.kind == "list_item":
                lead = self._markers(node.start, path[: position + 1])
                spaces = len(lead) - len(lead.rstrip())
                lines[node.start] = lead.rstrip() + " " * (spaces if 0 < spaces <= 4 else 1) + _HOLD
        return lines

    def _lead(self, leaf: Node, path: Sequence[Node]) -> str:
        """What a further line of the leaf begins with: quote markers, and spaces as wide as the list markers."""
        markers = self._markers(leaf.start, path)
        if leaf.kind == "code_block":
            markers = markers.rstrip()
            markers += " " * (5 if markers else 4)
        return _NOT_BLANK.sub(" ", markers)

    def _markers(self, line: int, path: Sequence[Node]) -> str:
        """The beginning of a line as far as the quotes and items of `path` have their markers on it."""
        text = self._lines[line]
        at = 0
        for node in path:
            if node.kind == "blockquote" or (node.kind == "list_item" and node.start == line):
                marker = _MARKER.match(text, at)
                at = marker.end() if marker else at
        return text[:at] + (_SPACE.match(text, at) or [""])[0]


def _numbers(path: Sequence[Node]) -> list[int]:
    """The number of the last item of each ordered list on the way down, for those whose item goes on."""
    pairs = pairwise(path)
    return [node.number + len(node.children) - 1 for node, _ in pairs if node.kind == "ordered_list"]


def _joined(resume: Resume, lead: str, joint: str) -> Resume:
    return replace(resume, header=resume.header + lead, joint=joint)


def _is_closed(fence: Node) -> bool:
    content = fence.token.content
    lines = content.count("\n") + (not content.endswith("\n") and bool(content))
    return fence.end - fence.start == lines + 2


def _unbroken(text: str, at: int) -> int:
    """The nearest place at or before `at` that does not part a character from its combining marks."""
    lowest = max(1, at - 32)
    while at > lowest and ((cell_len(text[at]) == 0 and text[at] != "\n") or text[at - 1] == "\u200d"):
        at -= 1
    return at
