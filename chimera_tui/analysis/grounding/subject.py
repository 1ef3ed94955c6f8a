"""Which columns of the files the words around a number can mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chimera_tui.analysis.grounding.claims import Claim
from chimera_tui.analysis.grounding.columns import Column
from chimera_tui.analysis.grounding.entities import (
    FILE_NAME,
    PATH_INDEX,
    bare,
    entities_in,
    files_in,
    is_in,
    models_in,
    plain_words,
)
from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.analysis.grounding.page import WINDOW
from chimera_tui.analysis.grounding.statistic_said import statistic_said
from chimera_tui.analysis.grounding.words import STATISTICS, name_key, quantity_of, words_of
from chimera_tui.domain.names import FileKind

_IDENTIFIER = re.compile(r"[A-Za-z]\w*(?:\[\d*\])?(?:[._]\w+(?:\[\d*\])?)+|[A-Za-z]\w*_\w+")
_PREFIX = re.compile(r"^(?:json|csv|md|markdown)_")
_SETTING = re.compile(r"([A-Za-z]\w*_\w+)\s{0,2}(?:=|\(|:)?\s{0,2}\d")
"""`num_gpu=40`: a setting with its value, and not what a number behind it is."""
_LAST_WORDS = 5
_MODELS_ABOVE = 2
_JUST_BEHIND = 60
_RATE_WORDS = frozenset(
    {"throughput", "token", "tps", "speed", "generation", "decode", "rate", "output", "inference"}
)
_TTFT_WORDS = frozenset({"ttft", "time", "first", "latency"}) | {"token"}
_QUANTITY_OF_UNIT = {"tok/s": "rate", "tok": "tokens", "W": "power", "°C": "temperature"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a number is said to be, in terms of the files."""

    columns: tuple[Column, ...] = ()
    """Those it can mean; empty when none fits."""
    sure: bool = False
    """They were named, not guessed: by all words of the subject."""
    exact: bool = False
    """They were named to the letter, as `mean_tokens_s`: no other can be meant."""
    statistic: str = ""
    quantity: str = ""
    indices: str = ""
    """A path with indices as written, without `json_` before it: `models[0]`."""
    files: tuple[str, ...] = ()
    """Names of files on the line, lower case: what it says is of them."""
    entities: tuple[str, ...] = field(default=())
    """Names with digits, such as models and their sizes, lower case."""
    models_above: tuple[str, ...] = field(default=())
    """Models that the headings above it name, nearest first: what it says may be of them."""

    def unknown_model(self, facts: Facts) -> str:
        """A model that no file knows; empty when there is none."""
        return next((name for name in models_in(self.entities) if not facts.known((name,))), "")


def subject_of(claim: Claim, facts: Facts) -> Subject:
    """Read the words around a claim, nearest first."""
    near = _near(claim)
    statistic = statistic_said(claim)
    quantity = next((found for text in near if (found := quantity_of(text))), "")
    quantity = quantity or _QUANTITY_OF_UNIT.get(claim.unit, "")
    columns, sure, exact = _columns(claim, near, statistic, facts)
    texts = [claim.row, claim.what, *claim.names, claim.before[-120:]]
    files = claim.line.files or files_in(claim.line.parents)  # of a sub-point, those of its bullet
    if files and (inside := tuple(column for column in columns if is_in(column.path, files))):
        columns = inside
    elif files:
        sure = False
    entities = entities_in((claim.row, claim.what, *claim.line.parents[-1:], claim.before[-120:]))
    indices = next((_PREFIX.sub("", m.group()) for text in texts if (m := PATH_INDEX.search(text))), "")
    models = models_in(reversed(claim.line.sections))[:_MODELS_ABOVE]
    return Subject(columns, sure, exact, statistic, quantity, indices, files, entities, models)


def _near(claim: Claim) -> list[str]:
    """Texts that can name it, nearest first."""
    line = claim.line
    if line.kind == "row":
        return [text for text in (claim.column, claim.row, line.caption, *reversed(line.sections[-1:])) if text]
    if line.kind == "json":
        return [claim.what]
    key = [line.key.text] if line.key else []
    enclosing = [*key, *reversed(line.parents)]
    return [
        text
        for text in (claim.what, claim.before[-120:], claim.after[:40], *enclosing, *line.sections[-1:])
        if text
    ]


def _columns(claim: Claim, near: list[str], statistic: str, facts: Facts) -> tuple[tuple[Column, ...], bool, bool]:
    """The columns meant, whether they are named rather than guessed, and whether to the letter."""
    phrases = [claim.row, claim.column] if claim.line.kind == "row" else [claim.what]
    quoted = claim.line.quoted_before(claim.token.start + 1)
    in_words = any(c.isalpha() for c in claim.before)  # a sentence in a cell names its own subject
    first, then = (quoted, phrases) if in_words else (phrases, quoted)
    for name in (*first, *then, *_identifiers(claim)):
        if name and (found := facts.named(name)) and not _is_plain_word(name, found):
            return tuple(_of_kind(found, claim)), not _of_something_else(claim, name, facts), True
    for phrase in phrases:
        if phrase and (found := facts.meant(bare(phrase))):
            return tuple(_of_kind(found, claim)), not _of_something_else(claim, phrase, facts), False
    if found := _of_quantity(claim, facts):
        return tuple(found), not _of_something_else(claim, claim.column, facts), False
    for name in claim.line.quoted_after(claim.token.unit_end, _JUST_BEHIND):
        if found := facts.named(name):
            return tuple(found), True, True
    if claim.line.kind == "row" or claim.keyed:
        found_, sure = _covering(near, statistic, facts)
        return found_, sure and not _of_something_else(claim, claim.column, facts), False
    columns, sure = _covering_the_last_words(claim.before, statistic, facts)
    if not columns and not quantity_of(claim.before):
        named = _named_above(claim, facts)
        if named:
            return tuple(named), True, True
    return columns, sure, False


def _of_something_else(claim: Claim, name: str, facts: Facts) -> bool:
    """A column's head names what is measured, but the row's head, of what, is nothing that the files know: what is
    true of all records need not be of that."""
    if claim.line.kind != "row" or not claim.row or name != claim.column:
        return False
    words = plain_words(claim.row)
    return bool(words) and not facts.known((claim.row,)) and not facts.covering(words)


def _is_plain_word(name: str, found: list[Column]) -> bool:
    """`min`, which says which one but not of what; `Evidence` and the like, words of the language that some notes
    have above a column."""
    if name_key(name) in STATISTICS:
        return True
    return name.isalpha() and not quantity_of(name) and all(column.kind is FileKind.MD for column in found)


def _of_quantity(claim: Claim, facts: Facts) -> list[Column]:
    """All rates, or all times to first token, where the words say no more: `Mean throughput (tokens/s)`."""
    texts = [claim.row, claim.column] if claim.line.kind == "row" else [claim.what]
    words = frozenset[str]().union(*map(plain_words, texts))
    phrase = " ".join(texts)
    quantity = quantity_of(phrase)
    if quantity == "rate" and claim.unit == "tok/s" and words and words <= _RATE_WORDS:
        return facts.of_quantity("rate")
    return facts.of_quantity("ttft") if quantity == "ttft" and words <= _TTFT_WORDS else []


def _named_above(claim: Claim, facts: Facts) -> list[Column]:
    """What its bullet names, when a sentence goes on about it without a subject of its own."""
    for text in (claim.line.key.text if claim.line.key else "", *reversed(claim.line.parents)):
        for name in _IDENTIFIER.findall(text):
            if named := facts.named(name):
                return named
    return []


def _covering(near: list[str], statistic: str, facts: Facts) -> tuple[tuple[Column, ...], bool]:
    """By all words of a key or a row's head; where it has none, by those of what encloses it."""
    words: frozenset[str] = frozenset()
    for text in near:
        words |= plain_words(text)
        if words:
            break
    return _told(facts.covering(words), statistic, words)


def _covering_the_last_words(before: str, statistic: str, facts: Facts) -> tuple[tuple[Column, ...], bool]:
    """In prose: by as many neighbouring words before the number as name a column, the nearest first."""
    content = plain_words(before)
    last = list(dict.fromkeys(word for word in words_of(bare(before)) if word in content))[-_LAST_WORDS:]
    for size in range(len(last), 0, -1):
        for start in range(len(last) - size, -1, -1):
            if not all(map(facts.has_word, last[start : start + size])):
                continue
            words = frozenset(last[start : start + size])
            phrase = " ".join(words)
            if size == 1 and not quantity_of(phrase):
                continue
            if meant := facts.meant(f"{statistic} {phrase}") or facts.meant(phrase):
                return tuple(meant), True
            if found := facts.covering(words):
                return _told(found, statistic, words)
    return tuple(facts.meant(statistic)), False  # `the p50 was …`


def _told(found: list[Column], statistic: str, words: frozenset[str]) -> tuple[tuple[Column, ...], bool]:
    """Columns of another statistic than the one that is named are not meant, nor those whose path alone fits where
    the names of others do."""
    if statistic:
        found = [column for column in found if column.statistic in ("", statistic)] or found
    found = [column for column in found if words <= column.leaf_words] or found
    return tuple(found), bool(found) and len(words) > 1


def _identifiers(claim: Claim) -> list[str]:
    """Names in code first, then words with underscores or dots: `tokens_s`, `latency_percentiles.p99`."""
    texts = [claim.what, claim.row, claim.column, *claim.names, claim.before[-120:]]
    found = [name for name in (*claim.names, claim.row, claim.what) if "_" in name and " " not in name.strip()]
    settings = {match[1] for match in _SETTING.finditer(claim.line.plain[: claim.token.start][-WINDOW:])}
    for text in texts:
        if "_" in text or "." in text:
            found += _IDENTIFIER.findall(text)
    return [name for name in dict.fromkeys(found) if not FILE_NAME.fullmatch(name) and name not in settings]


def _of_kind(columns: list[Column], claim: Claim) -> list[Column]:
    """Those of the kind of file that a prefix says: `json_results[1].tokens_s`."""
    text = " ".join((claim.what, *claim.names))
    match = re.search(r"\b(json|csv)_", text)
    if match is None:
        return columns
    return [column for column in columns if column.kind.value == match[1]] or columns
