"""Text cut into pieces as a tokeniser would, and numbers for them."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_PIECE = re.compile(r"\n+| ?[^\W\d_]{1,7}|\d{1,3}| ?[^\w\s]{1,2}|_| +|.", re.DOTALL)
_FIRST_ID = 256
TEMPLATE_TOKENS = 2
"""Beginning of the text and the like, which the chat template adds."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What one chunk carries."""

    text: str
    tokens: int = 1
    """More than one where the bytes of a character were held back until it was whole."""
    thinking: bool = False


def pieces(text: str, *, thinking: bool = False) -> Iterator[Piece]:
    """Words and parts of words with their leading space, about four characters each."""
    for found in _PIECE.finditer(text):
        part = found[0]
        yield Piece(part, 2 if any(ord(character) > 0x24FF for character in part) else 1, thinking)


def token_ids(texts: Iterable[str], vocabulary: int) -> list[int]:
    """A stable number for every piece of text."""
    span = max(1, vocabulary - _FIRST_ID)
    return [_FIRST_ID + zlib.crc32(text.encode("utf-8", "surrogatepass")) % span for text in texts]


def encode(text: str, vocabulary: int, *, by_character: bool) -> list[int]:
    """The tokens of a text; models with a tiny vocabulary spell it out."""
    return token_ids(text if by_character else (found[0] for found in _PIECE.finditer(text)), vocabulary)


def common_prefix(first: list[int], second: list[int]) -> int:
    """How many leading tokens are equal."""
    shorter = min(len(first), len(second))
    if first[:shorter] == second[:shorter]:
        return shorter
    return next(index for index in range(shorter) if first[index] != second[index])
