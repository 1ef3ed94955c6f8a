"""The fact sheet: what the inventory and the files say, as text that fits a budget of tokens."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from chimera_tui.domain.inventory import FileEntry, FileFacts
from chimera_tui.engine.fact_head import KINDS, first_part, stamp
from chimera_tui.engine.fact_pages import Page, length, name_of, share_out
from chimera_tui.engine.ports import Corpus

BEGIN = "=== facts begin ==="
END = "=== facts end ==="
"""No untrusted name can look like one of these: `name_of` spells out every run of three equals signs."""

_NUMBERS = "Numbers in the files (n = how many values):"

UNKNOWN_CONTEXT = 4096
"""The smallest default of the server: what it uses when nobody asked and nothing is loaded."""
_LEAST_CONTEXT = 4
_ANSWER_SHARE = 0.45
_ANSWER_MOST = 1500
_ANSWER_CAP = 0.6
"""Even a large `num_predict` gets no more than this share of the context: the prompt has to fit as well."""


def answer_room(num_ctx: int, num_predict: int | None) -> int:
    """Tokens of the context kept free for the answer: `num_predict` up to 60 % of `num_ctx`; when it is not given,
    45 % up to 1,500."""
    if num_predict is not None:
        return max(1, min(num_predict, int(num_ctx * _ANSWER_CAP)))
    return max(1, min(_ANSWER_MOST, int(num_ctx * _ANSWER_SHARE)))


def context_size(
    requested: int | None, model_context_length: int | None, loaded_context_length: int | None
) -> int:
    """The `num_ctx` that the server is believed to use for the next request.

    A request is clamped to the model's training context and to 4 from below; without one, the model as it is
    loaded tells; nothing known means 4,096.
    """
    size = requested if requested is not None else loaded_context_length or UNKNOWN_CONTEXT
    if model_context_length:
        size = min(size, model_context_length)
    return max(_LEAST_CONTEXT, size)


@dataclass(frozen=True, slots=True)
class FactSheet:
    """What one agent is told, and what had to be left out."""

    text: str
    """Between the lines `BEGIN` and `END`, both included."""
    files: int
    """Benchmark files in the corpus."""
    files_named: int
    """Of these, how many have a line of their own."""
    facts: int
    """Numeric fields in the text, each with its count, min, mean, median and max."""
    facts_left_out: int
    cut: str
    """Says what was left out to fit the budget, else empty."""
    tokens_estimated: int


def build(corpus: Corpus, budget_tokens: int, chars_per_token: float, *, num_ctx: int | None = None) -> FactSheet:
    """Tell the inventory in all and then, as far as `budget_tokens` allows, the numbers of each file.

    The first part is always kept, with less detail when it would take more than half of the budget, even when the
    budget is too small for it or negative. `num_ctx` is only named in `cut`. The same corpus and budget give the
    same text.
    """
    budget = max(0, int(budget_tokens * chars_per_token))
    head = first_part(corpus, budget - length([BEGIN, END]))
    room = budget - length([BEGIN, *head, _NUMBERS, END])
    pages = [Page(entry, facts) for entry, facts in _with_facts(corpus)]
    taken = share_out(pages, room)
    body = [line for page in pages if page.path in taken for line in page.lines(taken[page.path])]
    text = "\n".join([BEGIN, *head, *([_NUMBERS, *body] if body else []), END])
    facts = sum(len(fields) for fields in taken.values())
    left_out = sum(len(page.fields) for page in pages) - facts
    named = len(taken)
    cut = ""
    if left_out or named < len(pages):
        limit = f"num_ctx {num_ctx}" if num_ctx is not None else f"{max(0, budget_tokens):,} tokens"
        cut = (
            f"fact sheet cut to fit {limit}: {facts:,} of {facts + left_out:,} facts, "
            f"{named:,} of {len(pages):,} files named"
        )
    return FactSheet(text, len(corpus.files), named, facts, left_out, cut, math.ceil(len(text) / chars_per_token))


def data_summary(corpus: Corpus, named_per_kind: int = 5) -> str:
    """The inventory as the field's reports print it: totals, the first files per kind, the latest change."""
    lines = [f"Total files analyzed: {len(corpus.files)}"]
    for kind, title in zip(KINDS, ("CSV", "JSON", "MARKDOWN"), strict=True):
        files = [entry for entry in corpus.files if entry.kind is kind]
        if not files:
            continue
        lines += ["", f"{title} Files ({len(files)})"]
        lines += [f"  - {name_of(entry.path)}" for entry in files[:named_per_kind]]
        if len(files) > named_per_kind:
            lines.append(f"  ... and {len(files) - named_per_kind} more")
        lines.append(f"  Latest modified: {stamp(max(entry.mtime_ns for entry in files))}")
    return "\n".join(lines)


def _with_facts(corpus: Corpus) -> Iterator[tuple[FileEntry, FileFacts | None]]:
    by_path = {facts.path: facts for facts in corpus.facts}
    return ((entry, by_path.get(entry.path)) for entry in corpus.files)
