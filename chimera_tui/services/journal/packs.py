"""Rows of tokens of a run that is over, compressed many to a row; they come out as they went in, byte for byte."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import NamedTuple

ROWS_A_PACK = 2_000
"""So few that making one holds up a reader for some ten milliseconds, and that reading a page opens one or two."""


class Pack(NamedTuple):
    first: int
    """Ordinals of its first and last row. They may have gaps, where events of other kinds stay as they are."""
    last: int
    body: bytes


def pack(rows: Sequence[tuple[int, str]]) -> Pack:
    """Of at least one row, ordinal and JSON, in order."""
    listing = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return Pack(rows[0][0], rows[-1][0], zlib.compress(listing.encode()))


def unpack(body: bytes) -> list[tuple[int, str]]:
    """Raises zlib.error or ValueError when the body is damaged."""
    return [(ordinal, text) for ordinal, text in json.loads(zlib.decompress(body))]
