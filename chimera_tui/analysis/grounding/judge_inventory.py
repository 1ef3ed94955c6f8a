"""Claims about the inventory: how many files, of which kind, what share of them."""

from __future__ import annotations

import re

from chimera_tui.analysis.grounding.claims import Claim
from chimera_tui.analysis.grounding.counted import Counted, counted_by
from chimera_tui.analysis.grounding.inventory_facts import InventoryFacts
from chimera_tui.analysis.grounding.judge_sizes import judge_size
from chimera_tui.analysis.grounding.judgement import Judgement, agrees, shown
from chimera_tui.analysis.grounding.units import dimension_of
from chimera_tui.analysis.grounding.words import words_of
from chimera_tui.domain.grounding import FactPlace
from chimera_tui.domain.verdicts import Verdict

_FORMATS = re.compile(
    r"^\W*(?:different |distinct |main |primary |file |data |of )*(?:formats?|types?|kinds)\b", re.IGNORECASE
)
_FOLDERS = re.compile(
    r"^\W*(?:different |distinct |main |primary |sub-?)*(?:director(?:y|ies)|folders?|subfolders?)\b",
    re.IGNORECASE,
)
_RUNS = re.compile(r"\b(?:runs?|benchmarks?|tests?|experiments?|models?|records?|rows?)\b", re.IGNORECASE)
_SHARE_COLUMN = re.compile(r"%|percent|share|proportion", re.IGNORECASE)
_COUNT_COLUMN = re.compile(r"count|number|files", re.IGNORECASE)
_PLACED = re.compile(r"locat|within|\ball\b|stored|reside", re.IGNORECASE)
_ABOUT = 0.1
"""A count with "about" before it may be off by this share."""
_ABOUT_POINTS = 1.5
"""And a share by so many points of a percent."""
_TELLING = 20
"""A number of files that large under another name is no coincidence."""


def judge_inventory(claim: Claim, inventory: InventoryFacts) -> Judgement | None:
    """None when the claim is about something else."""
    token = claim.token
    if token.value is None or token.look == "date":
        return None
    if _FORMATS.match(claim.after) and token.decimals == 0:
        return _kinds_of_file(inventory) if token.value == inventory.kinds else None
    if _FOLDERS.match(claim.after) and token.decimals == 0:
        return _judge_folders(claim, inventory)
    if (size := judge_size(claim, inventory)) is not None:
        return size
    if dimension_of(claim.unit) not in ("", "share"):
        return None
    counted = counted_by(claim, inventory)
    if counted is None:
        return _judge_foreign(claim, inventory)
    if claim.unit == "%" or (_SHARE_COLUMN.search(claim.column) and not _COUNT_COLUMN.search(claim.column)):
        return _judge_share(claim, counted, inventory)
    if token.value != int(token.value):
        return None
    return _judge_count(claim, counted, inventory)


def _judge_count(claim: Claim, counted: Counted, inventory: InventoryFacts) -> Judgement:
    accepted = frozenset({inventory.count(counted.kinds)})
    true = inventory.count(counted.kinds)
    if counted.pattern:
        named = inventory.counts_with(counted.pattern.rstrip("/"), counted.kinds)
        true = max(named)
        accepted = named | accepted if counted.kinds else named
    elif (told := inventory.told_count(counted.kinds)) is not None:
        accepted |= {told}
    place = FactPlace("", counted.what)
    value = claim.token.value or 0.0
    if value in accepted or any(_within(claim, value, each) for each in accepted):
        return Judgement(Verdict.SUPPORTED, place=place, why=f"{counted.what} is {true}")
    if counted.sure and not claim.illustrative:  # how many there are is no advice, wherever it stands
        truth = f"{true:,} file{'s' if true != 1 else ''}"
        return Judgement(Verdict.CONTRADICTED, truth, place, f"{counted.what} is {true}")
    return Judgement(Verdict.UNSUPPORTED, why="not clear what is counted")


def _within(claim: Claim, value: float, true: float) -> bool:
    match claim.bound:
        case "about":
            return abs(value - true) <= _ABOUT * true
        case "more":
            return value <= true <= 2 * value
        case "less":
            return true <= value <= 2 * true
    return False


def _judge_share(claim: Claim, counted: Counted, inventory: InventoryFacts) -> Judgement | None:
    total, size = inventory.count(), inventory.size_bytes()
    if not total:
        return None
    counts = frozenset({inventory.count(counted.kinds)})
    if counted.pattern:
        counts = inventory.counts_with(counted.pattern.rstrip("/"), counted.kinds)
    shares = [100 * count / total for count in counts]
    if counted.kinds and size:
        shares.append(100 * inventory.size_bytes(counted.kinds) / size)
    what = counted.what.replace("count of", "share of")
    place = FactPlace("", what)
    value = claim.token.value or 0.0
    slack = _ABOUT_POINTS if claim.bound == "about" else 0.0
    if any(agrees(claim.token, share) or abs(value - share) <= slack for share in shares):
        return Judgement(Verdict.SUPPORTED, place=place, why=f"{what} is {shares[0]:.3g} %")
    if claim.illustrative or claim.bound in ("more", "less") or not counted.sure:
        return Judgement(Verdict.UNSUPPORTED, why="not meant exactly")
    if not counted.kinds and not counted.pattern:
        return None
    return Judgement(Verdict.CONTRADICTED, f"{shares[0]:.3g} %", place, f"{what} is {shares[0]:.3g} %")


def _kinds_of_file(inventory: InventoryFacts) -> Judgement:
    return Judgement(
        Verdict.SUPPORTED, place=FactPlace("", "kinds of file"), why=f"kinds of file: {inventory.kinds}"
    )


def _judge_folders(claim: Claim, inventory: InventoryFacts) -> Judgement:
    place = FactPlace("", "count of folders with files")
    if claim.token.value in (inventory.folders, inventory.roots):
        return Judgement(Verdict.SUPPORTED, place=place, why=f"{inventory.folders} folders")
    if claim.token.value == 1 and inventory.folders > 1 and _PLACED.search(claim.before):
        return Judgement(Verdict.CONTRADICTED, shown(inventory.folders), place, f"{inventory.folders} folders")
    return Judgement(Verdict.UNSUPPORTED, why="not clear which folders")


def _judge_foreign(claim: Claim, inventory: InventoryFacts) -> Judgement | None:
    """The number of files under the name of runs or tests."""
    value = claim.token.value
    if value is None or value < _TELLING or value != inventory.count() or claim.token.decimals or claim.unit:
        return None
    subject = f"{claim.what} {claim.after}"
    counts = re.search(r"total|number|count", claim.what, re.IGNORECASE)
    if "file" in words_of(subject) or not _RUNS.search(subject) or not counts:
        return None
    truth = f"count of files: {inventory.count()}"
    return Judgement(
        Verdict.MISATTRIBUTED, truth, FactPlace("", "count of files"), "the number of files by another name"
    )
