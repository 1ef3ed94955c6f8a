"""Inline Markdown (emphasis, code, links, images, breaks) as styled spans."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_tui.tui.markdown.lines import Span, clean, styled
from chimera_tui.tui.markdown.wrap import BREAK

if TYPE_CHECKING:
    from markdown_it.token import Token

_LINE_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_SPACES = re.compile("[ \t]{2,}")
_OPENING = {"strong_open": "strong", "em_open": "em", "s_open": "strike"}


def inline_spans(tokens: Sequence[Token], style: str) -> list[Span]:
    """Spans in `style`; a hard break is the span `BREAK`. Tags are shown as they were written, `<br>` breaks."""
    spans: list[Span] = []
    styles = [style]
    links: list[tuple[str, int]] = []
    for token in tokens:
        match token.type:
            case "text":
                spans.append((clean(_SPACES.sub(" ", token.content)), styles[-1]))
            case "code_inline":
                spans.append((clean(token.content), styled(styles[-1], "code")))
            case "softbreak":
                spans.append((" ", styles[-1]))
            case "hardbreak":
                spans.append(BREAK)
            case "strong_open" | "em_open" | "s_open":
                styles.append(styled(styles[-1], _OPENING[token.type]))
            case "strong_close" | "em_close" | "s_close":
                styles.pop()
            case "link_open":
                styles.append(styled(styles[-1], "link"))
                links.append((clean(str(token.attrs.get("href", ""))), len(spans)))
            case "link_close":
                styles.pop()
                href, first = links.pop()
                spans.extend(_address(href, spans[first:], styles[-1]))
            case "image":
                spans.extend(_image(token, styles[-1]))
            case _:
                spans.append(_tag(token.content, styles[-1]))
    return spans


def _address(href: str, shown: Sequence[Span], style: str) -> list[Span]:
    """The link's address in brackets, unless the text says it already."""
    text = "".join(part for part, _ in shown)
    if not href or href in (text, f"mailto:{text}"):
        return []
    return [(f" ({href})", styled(style, "url"))]


def _image(token: Token, style: str) -> list[Span]:
    alternative = "".join(child.content for child in token.children or ())
    text = clean(alternative or str(token.attrs.get("src", "")))
    return [(text, styled(style, "image"))] if text else []


def _tag(content: str, style: str) -> Span:
    return BREAK if _LINE_BREAK_TAG.fullmatch(content) else (clean(content), styled(style, "html"))
