"""Texts that try to be more than text, and a reading of emitted bytes by hand that finds what got through."""

from __future__ import annotations

import re
from collections.abc import Iterator

SEQUENCES = (
    "\x1b]52;c;aGk=\x07",  # writes the clipboard
    "\x1b]0;owned\x07",  # names the window
    "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]1337;File=:aGk=\x07",
    "\x1b[6n",  # asks for the cursor's place, which comes back as keys
    "\x1b[0c",
    "\x1b[21t",
    '\x1bP$q"p\x1b\\',
    "\x1b_Gq=1\x1b\\",
    "\x1bc",  # resets the terminal
    "\x1b[2J\x1b[H",
    "\x1b[31;45m",
    "\x1b[5i",  # prints what follows
    "\x1b(0",
    "\x9b2J\x9d0;owned\x9c\x90q\x9c",  # the same in one byte of Latin-1
    "\x0e\x0f\x05\x08\x08\x0b\x0c\x7f\x00",
)
BIDI = "\u202eesrever\u202c\u2066x\u2069\u200f\u061c"
BREAKS = "\r\x85\u2028\u2029"
MARKUP = "[bold red]bold[/] [@click=app.quit]quit[/] [/] [[ $text-primary"
HTML = "<script>alert('x')</script> <img src=x onerror=alert(1)> [l](javascript:alert(1)) <!-- hidden -->"
WORDS = (*SEQUENCES, BIDI, BREAKS, MARKUP, HTML)
"""One after the other, each harmless when it is seen as it is written."""
LINE = " | ".join(("begin", *WORDS, "end"))
"""All of them; it holds no line feed."""

FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\U0010ff80-\U0010ffff]"
)
"""What no output for a person or a program holds; line feed and tab are left to each test."""

_SEQUENCE = re.compile(
    r"\x1b\[(?P<csi>[0-?]*[ -/]*[@-~])"
    r"|\x1b(?P<string>[\]P_^X](?:[^\x07\x1b]|\x1b(?!\\))*(?:\x07|\x1b\\))"
    r"|\x1b(?P<short>[ -/]*[0-~])"
)
_POINTER = re.compile(r"\]22;[a-z-]+\x07")
"""Textual's: the shape of the mouse pointer."""
_SHORT = ("7", "8", "=", ">")
"""Keep the cursor's place, and kinds of keypads."""
_OURS = re.compile(
    r"(?:\d+(?:;\d+)?)?H|\d*[CXKJ]|[\d;:]*m"  # moves, erases, styles
    r"|\?\d+(?:;\d+)*[hl]|\?\d+\$p|[<>=]\d*(?:;\d+)?u|\?u"  # modes, and which of them there are; kinds of keys
)
"""What the program sends of its own: no answer is asked for but that of a mode."""


def strangers(raw: bytes) -> list[str]:
    """What a terminal would take for a control and the program does not send of its own, in order.

    UnicodeDecodeError when the bytes are not UTF-8.
    """
    return list(_strangers(raw.decode()))


def _strangers(text: str) -> Iterator[str]:
    plain_from = 0
    for found in _SEQUENCE.finditer(text):
        yield from FORBIDDEN.findall(text[plain_from : found.start()].replace("\r\n", "\n"))
        plain_from = found.end()
        is_ours = _OURS.fullmatch(found["csi"] or "") or _POINTER.fullmatch(found["string"] or "")
        if not is_ours and found["short"] not in _SHORT:
            yield found.group()
    yield from FORBIDDEN.findall(text[plain_from:].replace("\r\n", "\n"))
