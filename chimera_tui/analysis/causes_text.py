"""Names as a flag's sentence says them."""

from __future__ import annotations

from collections.abc import Sequence


def host_of(url: str) -> str:
    """`http://127.0.0.1:11434` → `127.0.0.1:11434`."""
    return url.partition("://")[2] or url


def names(words: Sequence[str]) -> str:
    """`num_gpu`, `num_gpu and num_ctx`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
