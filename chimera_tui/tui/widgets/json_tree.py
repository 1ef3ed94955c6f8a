"""A JSON file as a tree that is made where somebody opens it; numbers are shown as they are written."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from chimera_tui.domain.names import printable
from chimera_tui.tui.formatting import count

LONGEST_VALUE = 500
"""Characters of a string that are shown."""
GROUP = 500
"""Children of one node; more are put into groups of so many."""
_OPEN_AT_FIRST = 60
"""Rows that are open when the tree appears."""


class JsonNumber(str):
    """A number's literal: neither rounded nor limited."""

    __slots__ = ()


class JsonObject(tuple[tuple[str, object], ...]):
    """Pairs as they stand in the file, duplicate keys included."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class JsonItem:
    """One node: its name in the parent and its value."""

    name: str
    value: object


class JsonGroup(tuple[JsonItem, ...]):
    """Some consecutive children of a node that has too many."""

    __slots__ = ()


def read_json(text: str) -> object:
    """Parse; raises json.JSONDecodeError, and RecursionError for nesting without end."""
    return json.loads(
        text.removeprefix("\ufeff"),
        object_pairs_hook=JsonObject,
        parse_int=JsonNumber,
        parse_float=JsonNumber,
        parse_constant=JsonNumber,
    )


def children_of(value: object) -> Sequence[JsonItem]:
    """The items below a value, in groups when there are many."""
    match value:
        case JsonGroup():
            return value
        case JsonObject():
            items = tuple(JsonItem(name, child) for name, child in value)
        case list():
            items = tuple(JsonItem(f"[{index}]", child) for index, child in enumerate(value))
        case _:
            return ()
    if len(items) <= GROUP:
        return items
    starts = range(0, len(items), GROUP)
    return [JsonItem(_range_name(start, len(items)), JsonGroup(items[start : start + GROUP])) for start in starts]


def _range_name(start: int, length: int) -> str:
    return f"{start:,} … {min(start + GROUP, length) - 1:,}"


def value_text(value: object) -> tuple[str, str]:
    """(what to show of a value, its kind)."""
    match value:
        case JsonGroup():
            return "", "group"
        case JsonObject():
            return f"{{{count(len(value))}}}", "group"
        case list():
            return f"[{count(len(value))}]", "group"
        case JsonNumber():
            return printable(value[:LONGEST_VALUE]), "number"
        case str():
            rest = len(value) - LONGEST_VALUE
            cut = f" ({rest:,} more characters)" if rest > 0 else ""
            return f"“{printable(value[:LONGEST_VALUE])}”{cut}", "string"
        case _:
            return json.dumps(value), "constant"


def _has(item: JsonItem, name: str) -> bool:
    """Whether the item, or one of the group that it is, has that name."""
    if isinstance(item.value, JsonGroup):
        return any(child.name == name for child in item.value)
    return item.name == name


def steps_of(value: object, path: str) -> list[str]:
    """The names on the way to `path` (`results[3].ttft_s`), as far as it goes: keys may hold dots and brackets."""
    names: list[str] = []
    while path:
        match value:
            case JsonObject():
                fitting = [name for name, _ in value if path == name or path.startswith((f"{name}.", f"{name}["))]
                if not fitting:
                    break
                name = max(fitting, key=len)
                value = next(child for key, child in reversed(value) if key == name)
            case list() if path[0] == "[":
                name = path[: path.find("]") + 1]
                number = name[1:-1]
                if not number.isdecimal() or int(number) >= len(value):
                    break
                value = value[int(number)]
            case _:
                break
        names.append(name)
        path = path[len(name) :].removeprefix(".")
    return names


class JsonTree(Tree[JsonItem]):
    """Children are added when a node is opened for the first time."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "json-tree--key",
        "json-tree--group",
        "json-tree--number",
        "json-tree--string",
        "json-tree--constant",
    }

    def __init__(self, value: object, path: str = "") -> None:
        """What stands at `path` is opened and chosen."""
        super().__init__("", JsonItem("", value))
        self._names = steps_of(value, path)
        self.guide_depth = 2
        if not has_children(value):
            self.root.allow_expand = False

    def on_mount(self) -> None:
        """Open what fits on a screen, outermost first."""
        room = _OPEN_AT_FIRST
        waiting = deque([self.root])
        while waiting:
            node = waiting.popleft()
            size = len(children_of(node.data.value)) if node.data is not None else 0
            if size and (size <= room or node is self.root):
                room -= size
                self._fill(node)
                node.expand()
                waiting.extend(node.children)
        if self._names:
            node = self._open(self._names)
            self.call_after_refresh(self._go_to, node)

    def _open(self, names: Sequence[str]) -> TreeNode[JsonItem]:
        """Open every node on the way; the last one."""
        node = self.root
        for name in names:
            self._fill(node)
            node.expand()
            child = _child(node, name)
            if child is not None and child.data is not None and isinstance(child.data.value, JsonGroup):
                self._fill(child)
                child.expand()
                child = _child(child, name)
            if child is None:
                break
            node = child
        return node

    def _go_to(self, node: TreeNode[JsonItem]) -> None:
        self.move_cursor(node)
        self.scroll_to_node(node, animate=False)

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[JsonItem]) -> None:
        event.stop()
        self._fill(event.node)

    def _fill(self, node: TreeNode[JsonItem]) -> None:
        if node.children or node.data is None:
            return
        for item in children_of(node.data.value):
            node.add("", item, allow_expand=has_children(item.value))

    def render_label(self, node: TreeNode[JsonItem], base_style: Style, style: Style) -> Text:
        item = node.data
        label = Text(style=style, no_wrap=True)
        if item is None:
            return label
        arrow = ("▾ " if node.is_expanded else "▸ ") if node.allow_expand else ""
        label.append(arrow, base_style)
        shown, kind = value_text(item.value)
        if item.name or node is not self.root:
            label.append(printable(item.name[:LONGEST_VALUE]), self._style("key"))
            label.append("  " if shown else "")
        label.append(shown, self._style(kind))
        return label

    def _style(self, kind: str) -> Style:
        return self.get_component_rich_style(f"json-tree--{kind}", partial=True)


def _child(node: TreeNode[JsonItem], name: str) -> TreeNode[JsonItem] | None:
    """The last one of that name, as the file's own reader would have it, or the group that it is in."""
    fitting = (child for child in reversed(node.children) if child.data is not None and _has(child.data, name))
    return next(fitting, None)


def has_children(value: object) -> bool:
    """Whether a value has anything below it, without making it."""
    return isinstance(value, (JsonObject, JsonGroup, list)) and len(value) > 0
