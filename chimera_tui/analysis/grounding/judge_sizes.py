"""Claims about sizes: of all files, of a kind, on average, or of one file."""

from __future__ import annotations

import re

from chimera_tui.analysis.grounding.claims import Claim
from chimera_tui.analysis.grounding.entities import files_in
from chimera_tui.analysis.grounding.inventory_facts import InventoryFacts
from chimera_tui.analysis.grounding.judgement import Judgement
from chimera_tui.analysis.grounding.units import dimension_of, factor
from chimera_tui.analysis.grounding.words import kinds_in, words_of
from chimera_tui.domain.grounding import FactPlace
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.verdicts import Verdict

_SIZE = re.compile(
    r"\b(?:file |data |dataset |total |average |combined |overall )*(?:size|volume|bytes)\b", re.IGNORECASE
)
_NO_FILES = re.compile(r"memory|model|vram|batch|largest|smallest|\bmax|\bmin|context|block|cache", re.IGNORECASE)
_OF_ALL = re.compile(r"file|dataset|total data|corpus", re.IGNORECASE)
_COPY_SLACK = 0.05
"""A copy of text files may differ by its line ends: a Windows checkout has a byte more for every line."""
_ABOUT = 0.1
_MEASURED = 6
"""So many decimals has no size: it is a measured value under the name of one."""


def judge_size(claim: Claim, inventory: InventoryFacts) -> Judgement | None:
    """None when it is not about the size of files."""
    if dimension_of(claim.unit) != "bytes" and "byte" not in words_of(claim.what):
        return None
    words = f"{claim.what} {claim.before}"
    if (one := _of_one_file(claim, words, inventory)) is not None:
        return one
    if not _SIZE.search(words.replace("_", " ")) or _NO_FILES.search(words):
        return None
    kinds = frozenset(kinds_in(claim.what if claim.line.kind in ("row", "json") else claim.before))
    if not kinds and not _OF_ALL.search(words):
        return None
    return _compare(claim, "mean" in words_of(words), kinds, inventory)


def _compare(claim: Claim, mean: bool, kinds: frozenset[FileKind], inventory: InventoryFacts) -> Judgement | None:
    total, count = inventory.size_bytes(kinds), inventory.count(kinds)
    true = total / count if mean and count else float(total)
    of = " and ".join(sorted(kinds)) + " " if kinds else ""
    what = f"{'mean' if mean else 'total'} size of {of}files"
    place = FactPlace("", what)
    if _is(claim, true, inventory):
        return Judgement(Verdict.SUPPORTED, place=place, why=f"{what} is {true:,.0f} bytes")
    if claim.token.decimals > _MEASURED:
        return None
    if claim.illustrative or claim.advises or claim.bound in ("more", "less"):
        return Judgement(Verdict.UNSUPPORTED, why="not meant exactly")
    return Judgement(Verdict.CONTRADICTED, f"{true:,.0f} bytes", place, f"{what} is {true:,.0f} bytes")


def _is(claim: Claim, true: float, inventory: InventoryFacts) -> bool:
    """Whether the number stands for so many bytes; thousands are 1,000 or 1,024."""
    value = claim.token.value or 0.0
    slack = _COPY_SLACK if inventory.copied_later else 0.0
    slack = max(slack, _ABOUT if claim.bound == "about" else 0.0)
    thousand = factor("B", claim.unit or "B") or 1.0
    power = {"kB": 1, "MB": 2, "GB": 3, "TB": 4}.get(claim.unit, 0)
    return any(
        abs(value * scale - true) <= claim.token.half_step * scale * (power > 0) + slack * true + 0.5
        for scale in {thousand, 1024.0**power if power else thousand}
    )


def _of_one_file(claim: Claim, words: str, inventory: InventoryFacts) -> Judgement | None:
    """`a.csv (5,137 bytes)`: right or not known, since a file may have changed since."""
    name = next(iter(files_in((words, *claim.names))), "")
    sizes = inventory.sizes_of(name) if name else ()
    if not sizes:
        return None
    if any(_is(claim, float(size), inventory) for size in sizes):
        return Judgement(Verdict.SUPPORTED, place=FactPlace(name, "size"), why=f"{name} has {sizes[0]:,} bytes")
    return None
