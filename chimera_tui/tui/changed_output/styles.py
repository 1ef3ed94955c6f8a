"""Styles as one character a cell, and the shortest sequence from one style to another."""

from __future__ import annotations

from dataclasses import dataclass

from rich.color import ColorSystem
from rich.style import Style

PLAIN = "\0"
"""The key of text without a style."""
MAX_STYLES = 10_000
MAX_CACHED = 20_000
_BLANK_SAFE = frozenset({"1", "2", "3"})
"""Bold, dim, italic: an erased cell looks like a space in them. An underlined or reversed one does not."""


@dataclass(frozen=True, slots=True)
class _Parts:
    """One style, taken apart. Empty colours are the terminal's own."""

    codes: str
    attributes: frozenset[str]
    foreground: str
    background: str


class Styles:
    """Numbers the styles of one screen; a style with a link has no number, it has to be written whole."""

    def __init__(self) -> None:
        self._keys: dict[Style, str | None] = {}
        self._by_codes: dict[str, str] = {"": PLAIN}
        self._parts = [_parts("")]
        self._changes: dict[str, str] = {}

    @property
    def full(self) -> bool:
        """Whether so many were seen that it is time to begin anew."""
        return len(self._parts) >= MAX_STYLES

    def key(self, style: Style | None, color_system: ColorSystem) -> str | None:
        """The style's one character; None when the style does more than set colours and attributes."""
        if style is None:
            return PLAIN
        try:
            return self._keys[style]
        except KeyError:
            pass
        if len(self._keys) >= MAX_CACHED:
            self._keys.clear()
        key = self._keys[style] = None if style.link else self._number(_codes(style, color_system))
        return key

    def _number(self, codes: str) -> str:
        key = self._by_codes.get(codes)
        if key is None:
            key = self._by_codes[codes] = chr(len(self._parts))
            self._parts.append(_parts(codes))
        return key

    def blank_is_erased(self, key: str) -> bool:
        """Whether an erased cell looks as a space in this style does."""
        return self._parts[ord(key)].attributes <= _BLANK_SAFE

    def change(self, before: str, after: str) -> str:
        """The sequence that makes what is written next look like `after`."""
        if before == after:
            return ""
        change = self._changes.get(before + after)
        if change is None:
            if len(self._changes) >= MAX_CACHED:
                self._changes.clear()
            change = _change(self._parts[ord(before)], self._parts[ord(after)])
            self._changes[before + after] = change
        return change


def _codes(style: Style, color_system: ColorSystem) -> str:
    """The parameters of the style's SGR sequence, as Textual writes them."""
    sequence, _, _ = style.render("x", color_system=color_system).partition("x")
    return sequence.removeprefix("\x1b[").removesuffix("m")


def _change(before: _Parts, after: _Parts) -> str:
    whole = f"\x1b[0;{after.codes}m" if after.codes else "\x1b[m"
    if not before.attributes <= after.attributes:
        return whole  # what takes one attribute away is not the same everywhere
    wanted = sorted(after.attributes - before.attributes)
    if before.foreground != after.foreground:
        wanted.append(after.foreground or "39")
    if before.background != after.background:
        wanted.append(after.background or "49")
    short = f"\x1b[{';'.join(wanted)}m" if wanted else ""
    return min(short, whole, key=len)


def _parts(codes: str) -> _Parts:
    attributes = set()
    foreground = background = ""
    words = codes.split(";") if codes else []
    while words:
        length = {"2": 5, "5": 3}[words[1]] if words[0] in ("38", "48") else 1
        number, code = int(words[0]), ";".join(words[:length])
        del words[:length]
        if 30 <= number <= 39 or 90 <= number <= 97:
            foreground = "" if number == 39 else code
        elif 40 <= number <= 49 or 100 <= number <= 107:
            background = "" if number == 49 else code
        else:
            attributes.add(code)
    return _Parts(codes, frozenset(attributes), foreground, background)
