"""What a number of files counts: a kind, several kinds, files of a name, or all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from chimera_tui.analysis.grounding.claims import Claim
from chimera_tui.analysis.grounding.inventory_facts import InventoryFacts
from chimera_tui.analysis.grounding.page import HEADS, WINDOW
from chimera_tui.analysis.grounding.words import kinds_in
from chimera_tui.domain.names import FileKind

_KIND = r"(?:\.?csvs?|\.?jsons?|markdowns?|\.?mds?)"
_FILES = r"(?:[\s_-]*(?:files?|documents?|formats?|reports?|data files?))?"
_LEADS = rf"(?P<kinds>{_KIND}(?:{_FILES}\s*(?:,|and|&|\+|/|or)\s*{_KIND})*){_FILES}"
_AHEAD = re.compile(
    rf"(?:^|[^\w.])(?:number of |total |count of )?{_LEADS}"
    r"(?:\s*(?:count|total|number|quantity|share|percentage|distribution|make up|account for|"
    r"represent(?:ing)?|comprise|"
    r"constitute|with|is|are|at|of|has|have|=|:|-|–|—))*[\s(\[:~≈=–—-]*(?:about|approximately|"
    r"roughly|around|nearly|only|just)?\s*$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"^\s*(?:different |benchmark |of the |of them |were |are |being )*{_LEADS}\b", re.IGNORECASE
)
_FILES_ARE = re.compile(
    rf"^\W*(?:of (?:the |all )?)?(?:\w+ )?files\s*\)?\s*(?:are|were|is|being)\s+(?:in )?(?P<kinds>{_KIND})\b",
    re.IGNORECASE,
)
_SOME = r"(?:(?:about|approximately|approx\.?|roughly|around|nearly|or|just)\s+)*"
_COUNT_BEFORE = re.compile(rf"\d[\d,.]*\s*%?\s*(?:files?|documents?)?\s*[-–—,(;:=~≈]*\s*{_SOME}$", re.IGNORECASE)
"""A count that stands between a kind and its share: `JSON (67 files - 66.9%)`."""
_ALONE = re.compile(
    rf"^\W*(?:number of |total |count of |# of )?{_LEADS}\s*(?:count|total|analy[sz]ed|"
    rf"found|\(?(?:count|%|number|total|share)\)?)?\W*$",
    re.IGNORECASE,
)
_KEY_KIND = re.compile(
    r"^(?P<kinds>csv|json|markdown|md)_(?:documents?|files?|file_count|count)(?:_count)?$", re.IGNORECASE
)
_TOTAL = re.compile(
    r"^\W*(?:(?:total|overall|all|grand total)\W*(?:number of |count of )?(?:benchmark |"
    r"data |analy[sz]ed |report )*(?:files?|documents?)?|"
    r"(?:number of|count of|#\s*of|#)?\s*(?:benchmark |data )?files?)"
    r"(?:\s*(?:count|analy[sz]ed|ingested|processed|scanned|found|reviewed|examined|"
    r"in (?:the )?dataset|collected))*\W*(?:\d+)?\W*$",
    re.IGNORECASE,
)
_KEY_TOTAL = re.compile(
    r"^(?:total_)?files?(?:_analy[sz]ed|_count|_total)?$|^(?:file|document)_count$|^total_documents$",
    re.IGNORECASE,
)
_TOTAL_AHEAD = re.compile(
    r"(?:\btotal(?: of| number of files)?|\bdataset(?: of| with| \(| comprising| containing)"
    r"?|compris\w+|consist\w* of|contain\w*|collection of|"
    r"analy[sz]\w+|examin\w+|includ\w+|across|ingest\w+|process\w+|scann\w+|review\w+|"
    r"cover\w+|spans?|spanning|number of files|files?)\W*"
    r"(?:(?:the|a|an|all|of|is|are|were|was|total|dataset|data|provided|set|in|by|as|over)\W+)*(?:\d+/)?$",
    re.IGNORECASE,
)
_FILES_BEHIND = re.compile(
    r"^\W{0,2}(?:benchmark |data |different |report |distinct |individual |total |"
    r"unique |json/csv )*(?:files|documents)\b",
    re.IGNORECASE,
)
_NARROWED = re.compile(
    r"^\W{0,2}(?:\w+ ){0,3}files?\s+(?:each|per|that|which|with|contain\w*|related to the|"
    r"modified|updated|created|from (?!the (?:\w+ )?(?:dataset|corpus|directory|repository))"
    r"|between|for|in the \w+ (?:folder|directory)|were modified|"
    r"had|have|failed)",
    re.IGNORECASE,
)
_SURE_TOTAL = re.compile(r"\btotal\b|\bdataset of\b|compris|consist|\ball\b", re.IGNORECASE)
_IDENTIFIER = re.compile(r"^[\w.:/-]{3,80}$")
_COUNT_COLUMN = re.compile(
    r"count|number|files|quantity|total|value|amount|frequency|share|percent|proportion|"
    r"%|distribution|result|^\W*$",
    re.IGNORECASE,
)
_OTHER_COLUMN = re.compile(
    r"size|byte|update|modif|date|latest|average|avg|mean|duration|time|latency|rate|rows|lines|score",
    re.IGNORECASE,
)
_NEAR = 90
"""Characters before a number that can say what it counts."""
_BARE_KINDS = frozenset({"csv", "json", "md", "markdown"})
_TOTAL_JUST_BEFORE = re.compile(r"\btotal(?:ing|s|ling)?(?: of| is|:)?\s*$", re.IGNORECASE)
_COUNT_ONLY = re.compile(r"count|number|files", re.IGNORECASE)
_FILES_ROW = re.compile(
    r"^\W*(?:total |number of |count of |# of )?(?:files?|counts?|total|number|"
    r"documents?)\W*$",
    re.IGNORECASE,
)
_NAME_BEHIND = re.compile(
    rf"^\s*(?P<name>[A-Za-z][\w.-]*[_\d][\w.-]*)\s+(?:(?P<kind>{_KIND})"
    rf"\s+)?files?\b",
    re.IGNORECASE,
)
_OF_THE_DATA = re.compile(
    r"\b(?:dataset|corpus|collection|repository|report|analysis|inventory|data|directory|"
    r"archive)\b[^.;]*$",
    re.IGNORECASE,
)
_FILE_COUNT = re.compile(
    r"\b(?:number of files|file count|files? total|total files?)\b[^\d]{0,12}$", re.IGNORECASE
)
_NOUN = re.compile(r"\s*([A-Za-z-]{3,})")
_NO_NOUN = frozenset(
    (
        *(
            "files",
            "file",
            "documents",
            "reports",
            "and",
            "total",
            "which",
            "with",
            "making",
            "are",
            "were",
            "items",
        ),
        *("for", "while", "respectively", "the", "representing", "comprising", "accounting", "containing", "in"),
    )
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What a number is said to count."""

    kinds: frozenset[FileKind]
    """Empty for all."""
    pattern: str = ""
    """A part of the names or paths of the files."""
    sure: bool = True
    """Nothing else can be meant, so that a wrong number is a contradiction."""

    @property
    def what(self) -> str:
        """For people."""
        kinds = " and ".join(kind.value for kind in FileKind if kind in self.kinds)
        named = f" named {self.pattern}" if self.pattern else ""
        return f"count of {kinds + ' ' if kinds else ''}files{named}"


def counted_by(claim: Claim, inventory: InventoryFacts) -> Counted | None:
    """None when the number counts something else, or it can not be told what."""
    line = claim.line
    if line.kind == "row" and claim.row and not any(c.isalpha() for c in claim.before):
        return _in_table(claim, inventory)
    if line.kind == "json" and line.key is not None:
        return _by_key(line.key.text)
    kinds = _kinds_around(claim)
    if kinds is not None:
        entity = next((name for name in claim.names[:1] if is_name(name, inventory)), "")
        return Counted(kinds, entity)
    pattern = _pattern(claim, inventory)
    return pattern or _all(claim)


def is_name(name: str, inventory: InventoryFacts, *, quoted: bool = False) -> bool:
    """Whether a word is a part of file names rather than of the language: it looks so, or it is quoted."""
    looks_so = _IDENTIFIER.match(name) is not None and (quoted or re.search(r"[_\d/]", name) is not None)
    return looks_so and max(inventory.counts_with(name.rstrip("/")), default=0) > 0


def _in_table(claim: Claim, inventory: InventoryFacts) -> Counted | None:
    if _ALONE.match(claim.column) and _FILES_ROW.match(claim.row):
        return Counted(_kinds(claim.column))
    if _OTHER_COLUMN.search(claim.column) and not _COUNT_ONLY.search(claim.column):
        return None
    if not _COUNT_COLUMN.search(claim.column):
        return None
    index = claim.line.cell_at(claim.token.start) or 0
    before = [cell.text for cell in claim.line.cells[: min(index, HEADS)]]
    kinds = next(
        (_kinds(match["kinds"]) for text in before if (match := _ALONE.match(text))), frozenset[FileKind]()
    )
    name = next((text for text in before if is_name(text, inventory)), "")
    if name and (kinds or _COUNT_ONLY.search(claim.column)):
        return Counted(kinds, name)
    if kinds:
        others = [text for text in before if not _ALONE.match(text) and any(c.isalpha() for c in text)]
        return Counted(kinds, sure=not others)
    if not _TOTAL.match(claim.row):
        return None
    return Counted(frozenset(), sure="total" in claim.row.lower() or "file" in claim.row.lower())


def _by_key(key: str) -> Counted | None:
    key = re.sub(r"[\s-]+", "_", key.strip().lower())
    match = _KEY_KIND.match(key)
    if match:
        return Counted(_kinds(match["kinds"]))
    if key in _BARE_KINDS:
        return Counted(_kinds(key), sure=False)
    return Counted(frozenset()) if _KEY_TOTAL.match(key) else None


def _kinds_around(claim: Claim) -> frozenset[FileKind] | None:
    """The kinds that the words next to the number name."""
    if claim.keyed and (alone := _ALONE.match(claim.what)) and not _names_something_else(claim.after):
        between = claim.line.plain[claim.line.key.end if claim.line.key else 0 : claim.token.start]
        if not any(c.isalpha() for c in between):
            return _kinds(alone["kinds"])
    behind = _BEHIND.match(claim.after)
    if behind:
        return _kinds(behind["kinds"])
    before = _text_before(claim)
    ahead = _AHEAD.search(before[-_NEAR:]) or _AHEAD.search(_COUNT_BEFORE.sub("", before)[-_NEAR:])
    if ahead and not _names_something_else(claim.after):
        return _kinds(ahead["kinds"])
    are = _FILES_ARE.match(claim.after)
    return _kinds(are["kinds"]) if are else None


def _names_something_else(after: str) -> bool:
    """`JSON (44 results)`: a noun of its own behind the number, other than files."""
    match = _NOUN.match(after)
    return match is not None and match[1].lower() not in _NO_NOUN


def _text_before(claim: Claim) -> str:
    """The line up to the number: a colon or a bracket may stand between a kind and its count."""
    return claim.line.plain[max(claim.line.marker_end, claim.token.start - WINDOW) : claim.token.start]


def _pattern(claim: Claim, inventory: InventoryFacts) -> Counted | None:
    """A part of file names that is counted: the nearest name before the number, its bullet's, or one behind it."""
    behind = _NAME_BEHIND.match(claim.line.plain[claim.token.unit_end : claim.token.unit_end + WINDOW])
    if behind and is_name(behind["name"], inventory):
        return Counted(_kinds(behind["kind"] or ""), behind["name"])
    files_said = re.match(r"\W{0,2}(?:\w+ )?files?\b", claim.after, re.IGNORECASE)
    bare = _in_brackets(claim) and re.search(r"\bfiles?(?:names?)?\b", claim.before, re.IGNORECASE)
    if not (files_said or bare):
        return None
    near = claim.line.raw[max(0, claim.token.start - WINDOW) : claim.token.start].rstrip(" (*[:–—-")
    start = claim.line.raw[claim.line.marker_end : claim.line.marker_end + WINDOW].lstrip(" *`\"“'")
    own = (claim.what,) if claim.keyed else ()
    for name in (*claim.names[:2], *own):
        stands_before = near.rstrip("`\"”'’").endswith(name)
        leads = claim.line.kind == "bullet" and start.startswith(name)
        quoted = name in claim.line.quoted_before(claim.token.start + 1)
        if (stands_before or leads) and is_name(name, inventory, quoted=quoted):
            return Counted(frozenset(), name)
    return None


def _all(claim: Claim) -> Counted | None:
    """All files, where the words say so."""
    before = _text_before(claim)
    if claim.keyed and _TOTAL.match(claim.what):
        between = claim.line.plain[claim.line.key.end if claim.line.key else 0 : claim.token.start]
        if not any(c.isalpha() for c in between):
            return Counted(frozenset())
    if re.search(r"\d/$", before):
        return Counted(frozenset(), sure=False)
    if _FILE_COUNT.search(before[-_NEAR:]):
        return Counted(frozenset())
    if _TOTAL_JUST_BEFORE.search(before) and not _NOUN.match(claim.after):
        return Counted(frozenset(), sure=False)
    if not _FILES_BEHIND.match(claim.after) or _NARROWED.match(claim.after):
        return None
    if not _TOTAL_AHEAD.search(before[-_NEAR:]):
        return Counted(frozenset(), sure=False)
    of_all = _SURE_TOTAL.search(before[-60:]) or _OF_THE_DATA.search(before)
    return Counted(frozenset(), sure=of_all is not None)


def _in_brackets(claim: Claim) -> bool:
    return claim.line.plain[max(0, claim.token.start - 8) : claim.token.start].rstrip(" ~≈").endswith(("(", "["))


def _kinds(text: str) -> frozenset[FileKind]:
    return frozenset(kinds_in(text))
