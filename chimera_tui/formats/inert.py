"""Untrusted Markdown that is saved: its text stays, but nothing in it is HTML, a script or a terminal control.

What would be active is written as a character reference, which shows the same; `read_inert` gives the text back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

_NAMES = {"<": "LT", "&": "AMP", "]": "rbrack"}
"""References that hardly any text holds of its own."""
_CODES = {name: char for char, name in _NAMES.items()}

_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)  # tabs and line ends are left: they are the text's structure
_CONTROL_CODE = "[0-8bcef]|1[0-9a-f]|7f|[89][0-9a-f]|61c|200[ef]|202[89a-e]|206[6-9]|feff"
_REFERENCE = re.compile(f"&(?:({'|'.join(_CODES)})|#x({_CONTROL_CODE}));")
"""What this module writes."""
_AMPERSAND = re.compile(f"&(?=(?:{'|'.join(_CODES)}|#x(?:{_CONTROL_CODE}));)")

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_UNSAFE_TAG = re.compile(r"<(?=[A-Za-z/!?])(?!https?://[^\s<>]*>|br ?/?>)")
"""A line break, which tables need, and a plain address in brackets do nothing."""
_LINK = re.compile(r"\](?=[(:])")
_BREAK = re.compile(r"<br ?/?>")
_RUNS = re.compile(r"\\.|`+")
_TICKS = re.compile("`+")
_LINE_END = re.compile(r"(\r\n|\r|\n)")
_SCRIPT = re.compile(r"[\s\x00-\x20]*(?:javascript|vbscript|data|file)\s*:", re.IGNORECASE)


def inert(markdown: str) -> str:
    """Any Markdown as a document that a reader of CommonMark or GitHub's Markdown shows without active parts.

    Code stays as it is, unless these two do not agree about what is code.
    """
    text = _CONTROL.sub(_code, _AMPERSAND.sub("&AMP;", markdown))
    if not (_TAG.search(text) or _LINK.search(text)) or _is_inert(text):
        return text
    gentle = "".join(_outside_code(text))
    if _is_inert(gentle):
        return gentle
    return _no_markup(text)


def inert_line(text: str) -> str:
    """The same for a line that stands anywhere in a document of ours."""
    return _no_markup(_CONTROL.sub(_code, _AMPERSAND.sub("&AMP;", text)))


def read_inert(text: str) -> str:
    """The text behind `inert` and `inert_line`."""
    return _REFERENCE.sub(lambda found: _CODES[found[1]] if found[1] else chr(int(found[2], 16)), text)


def _code(found: re.Match[str]) -> str:
    return f"&#x{ord(found.group()):x};"


def _no_markup(text: str) -> str:
    return _LINK.sub("&rbrack;", _TAG.sub("&LT;", text))


def _is_inert(text: str) -> bool:
    for parser in (MarkdownIt("commonmark"), MarkdownIt("commonmark").enable("table")):
        parser.validateLink = lambda url: True  # type: ignore[method-assign]  # else such a link is plain text
        for token in parser.parse(text):
            if token.type == "html_block":
                return False
            for inner in token.children or ():
                target = inner.attrGet("href") or inner.attrGet("src") or ""
                if inner.type == "html_inline" and not _BREAK.fullmatch(inner.content):
                    return False
                if _SCRIPT.match(str(target)):
                    return False
    return True


def _outside_code(text: str) -> Iterator[str]:
    """Tags written as text, but not in blocks of code and in spans that begin and end on one line."""
    blocks: set[int] = set()
    for token in MarkdownIt("commonmark", {"html": False}).parse(text):
        if token.type in ("fence", "code_block") and token.map:
            blocks.update(range(*token.map))
    pieces = _LINE_END.split(text)
    for number, piece in enumerate(pieces):
        yield piece if number % 2 or number // 2 in blocks else "".join(_outside_spans(piece))


def _outside_spans(line: str) -> Iterator[str]:
    at = 0
    while at < len(line):
        start = next((run for run in _RUNS.finditer(line, at) if run.group()[0] == "`"), None)
        if start is None:
            break
        yield _UNSAFE_TAG.sub("&LT;", line[at : start.start()])
        end = next((run for run in _TICKS.finditer(line, start.end()) if run.group() == start.group()), None)
        at = (start if end is None else end).end()
        yield line[start.start() : at]
    yield _UNSAFE_TAG.sub("&LT;", line[at:])
