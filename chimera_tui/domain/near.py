"""The words that somebody may have meant."""

from __future__ import annotations

from collections.abc import Iterable


def near(word: str, words: Iterable[str], most: int = 1, *, likeness: float = 0.6) -> list[str]:
    """The most similar ones first; `likeness` is 0…1, as `difflib` measures it."""
    from difflib import get_close_matches  # only with a mistake: a start does without it

    return get_close_matches(word, list(words), n=most, cutoff=likeness)
