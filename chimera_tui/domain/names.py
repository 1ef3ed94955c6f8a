"""Names of files and other untrusted words: their kind, their form on the wire, their form on a screen."""

from __future__ import annotations

import re
from enum import StrEnum


class FileKind(StrEnum):
    CSV = "csv"
    JSON = "json"
    MD = "md"
    OTHER = "other"

    @property
    def is_benchmark(self) -> bool:
        return self is not FileKind.OTHER


_SUFFIXES = {
    ".csv": FileKind.CSV,
    ".json": FileKind.JSON,
    ".md": FileKind.MD,
    ".markdown": FileKind.MD,
}


def kind_of(name: str) -> FileKind:
    """The kind by the last suffix, whatever its case."""
    dot = name.rfind(".")
    return _SUFFIXES.get(name[dot:].lower(), FileKind.OTHER) if dot > 0 else FileKind.OTHER


_UNDECODED = 0x10FF00
"""Plane 16, private use: a byte of a name that is not UTF-8 travels as U+10FF00 + byte."""


def to_wire(raw: str) -> str:
    """A file-system name (surrogateescape) as text that JSON and terminals can carry; reversible."""
    if raw.isascii():
        return raw
    return "".join(chr(_UNDECODED + ord(c) - 0xDC00) if 0xDC80 <= ord(c) <= 0xDCFF else c for c in raw)


def from_wire(text: str) -> str:
    """The file-system name behind `to_wire`."""
    if text.isascii():
        return text
    return "".join(chr(0xDC00 + ord(c) - _UNDECODED) if 0x10FF80 <= ord(c) <= 0x10FFFF else c for c in text)


_UNSHOWABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U0010ff80-\U0010ffff]"
)


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code >= 0x10FF80:
        return f"\\x{code - _UNDECODED:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def printable(text: str) -> str:
    """Untrusted text with every control, bidi control and undecodable byte spelled out (`\\x1b`), on one line."""
    return _UNSHOWABLE.sub(_escape, text)


def printable_lines(text: str) -> str:
    """The same for a text of several lines: its line feeds and tabs stay."""
    return _UNSHOWABLE.sub(lambda found: found.group() if found.group() in "\n\t" else _escape(found), text)


def harmless_json(document: str) -> str:
    """A JSON document in which every character that `printable` spells out, line ends aside, is a `\\u` escape.

    It means the same: outside of strings JSON has none of them.
    """
    return _UNSHOWABLE.sub(_json_escape, document)


def _json_escape(match: re.Match[str]) -> str:
    if match.group() == "\n":
        return "\n"
    units = match.group().encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))
