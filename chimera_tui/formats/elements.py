"""HTML and SVG elements: whatever is put into one is text, unless it is an element itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from chimera_tui.domain.names import printable

_ALONE = frozenset({"meta", "br", "hr"})
"""HTML elements without an end tag."""


@dataclass(frozen=True, slots=True)
class Markup:
    """Text that is markup already; only this module makes it from strings."""

    text: str


Child = Markup | str


def element(tag: str, /, *children: Child, **attributes: str | float | None) -> Markup:
    """One element. Names of attributes lose a last `_`, and each other `_` is a `-`; None leaves one out.

    Text and attributes are escaped, control characters in them are spelled out.
    """
    told = "".join(
        f' {_attribute(key)}="{escape(_value(value), quote=True)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if tag in _ALONE:
        return Markup(f"<{tag}{told}>")
    return Markup(f"<{tag}{told}>{joined(children).text}</{tag}>")


def joined(children: Iterable[Child]) -> Markup:
    """Several beside each other."""
    return Markup("".join(child.text if isinstance(child, Markup) else text(child).text for child in children))


def text(raw: str) -> Markup:
    """Any text, line by line as it is."""
    return Markup("\n".join(escape(printable(line.expandtabs(4))) for line in raw.split("\n")))


def stylesheet(css: str) -> Markup:
    """A style sheet of ours, which holds nothing from outside; ValueError for one that would end its element."""
    if "</" in css:
        raise ValueError("a style sheet can not hold an end tag")
    return Markup(f"<style>\n{css}</style>")


def document(head: Iterable[Child], body: Iterable[Child], language: str = "en") -> str:
    """A whole page."""
    page = element("html", element("head", *head), element("body", *body), lang=language)
    return f"<!DOCTYPE html>\n{page.text}\n"


def _attribute(key: str) -> str:
    return key.removesuffix("_").replace("_", "-")


def _value(value: str | float) -> str:
    return printable(value) if isinstance(value, str) else f"{value:.6g}"
