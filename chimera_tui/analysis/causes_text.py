"""Figures and names as a flag's sentence says them."""

from __future__ import annotations

from collections.abc import Sequence


def time(ns: int) -> str:
    """`24.5 s`, `771 ms`, `0.47 ms`."""
    if ns >= 1_000_000_000:
        return f"{ns / 1e9:.1f} s"
    return f"{ns / 1e6:.0f} ms" if ns >= 10_000_000 else f"{ns / 1e6:.2g} ms"


def host_of(url: str) -> str:
    """`http://127.0.0.1:11434` → `127.0.0.1:11434`."""
    return url.partition("://")[2] or url


def names(words: Sequence[str]) -> str:
    """`num_gpu`, `num_gpu and num_ctx`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
