"""Gibberish: a model's control tokens in its text, endless words, one sign without end, bytes that are no text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from chimera_tui.analysis.grounding.remarks_script import script_of
from chimera_tui.analysis.grounding.remarks_text import Line, excerpt
from chimera_tui.domain.grounding import Remark

_CONTROL_TOKEN = re.compile(
    r"<\|[a-z_]{2,30}\|>|</?(?:start|end)_of_(?:turn|image|text)>|<unused\d{1,4}>|\[/?INST\]|<<SYS>>"
)
_ENDLESS = re.compile(r"(?<![^\s*(])[A-Za-z]?[a-z]{41,}(?![^\s*).,:;!?])")
"""No report needs a word of 41 letters; addresses and identifiers are no words."""
_LETTER_RUN = re.compile(r"([A-Za-z])\1{29,}")
_SIGN_RUN = re.compile(r"([!?@$%^&;,0-9])\1{39,}")
_SIGNS = re.compile(r"[!-/:-@\[-`{-~]")
_MANY_SIGNS, _SIGN_SHARE, _SIGN_KINDS = 40, 0.7, 8
_MANY_SCRIPTS = 4
_LOST = 3
"""Replacement or control characters; one or two may be a file's name or a byte that was cut."""
_MOST = 3


def noise(lines: Sequence[Line]) -> Iterator[Remark]:
    """The first few lines that no reader could read, with what is wrong about each."""
    told = 0
    for line in lines:
        if line.code or not line.text:
            continue
        if why := _noise(line.prose):
            told += 1
            if told <= _MOST:
                yield Remark("gibberish", line.number, why)
    if told > _MOST:
        yield Remark("gibberish", 0, f"{told - _MOST} more lines that are no text")


def _noise(text: str) -> str:
    if found := _CONTROL_TOKEN.search(text):
        return f"a control token of the model in the text: {excerpt(found[0])}"
    if found := _ENDLESS.search(text):
        return f"a word of {len(found[0]):,} letters: {excerpt(found[0])}"
    if found := _LETTER_RUN.search(text) or _SIGN_RUN.search(text):
        return f"one sign {len(found[0]):,} times in a row: {excerpt(found[0][:8])}"
    if _is_sign_soup(text):
        return f"signs without words: {excerpt(text)}"
    return "" if text.isascii() and text.isprintable() else _strange_letters(text)


def _is_sign_soup(text: str) -> bool:
    if len(text) < _MANY_SIGNS or text.lstrip().startswith("|"):
        return False
    signs = _SIGNS.findall(text)
    dense = len(signs) >= _MANY_SIGNS and len(signs) > _SIGN_SHARE * (len(text) - text.count(" "))
    return dense and len(set(signs)) >= _SIGN_KINDS


def _strange_letters(text: str) -> str:
    kinds = set(text)
    lost = sum(text.count(sign) for sign in kinds if sign == "�" or _is_control(sign))
    if lost >= _LOST:
        return f"{lost:,} characters that are no text: {excerpt(text)}"
    scripts = sorted({script for sign in kinds if sign > "\x7f" and (script := script_of(sign))})
    if len(scripts) >= _MANY_SCRIPTS:
        return f"letters of {', '.join(scripts)} on one line: {excerpt(text)}"
    return ""


def _is_control(sign: str) -> bool:
    return sign not in "\t\f\v" and unicodedata.category(sign) == "Cc"
