"""Random runs for Hypothesis: every field of every record, with texts that try to break what is written."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from chimera_tui.domain.metrics import total_of
from chimera_tui.domain.runs import AgentOutcome, RunSummary

HOSTILE = (
    "",
    " ",
    "| a | b |",
    "a\\|b\\",
    "**x** _y_ `z` [l](u) <script> &amp; ~~",
    "<!-- chimera:section metrics -->",
    "## Metrics\n- Throughput: 999.99 tok/s",
    "not reported",
    "null",
    "\x00\x1b[31m\r\n\u2028\x85\u202e",
    "\ud83d half a pair",
    "```",
    "-",
    "–",
)
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=20))
ATOMS: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-3, 2**53),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    NoneType: st.none(),
    datetime: st.datetimes(timezones=st.just(UTC)),
}
pairs = st.dictionaries(texts, texts, max_size=3).map(lambda found: tuple(found.items()))
UNIQUE = {"ollama_environment": pairs, "prompt_digests": pairs}


def of_type(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type as the domain's records use it."""
    if kind in ATOMS:
        return ATOMS[kind]
    arguments = get_args(kind)
    match get_origin(kind):
        case origin if origin in (Union, UnionType):
            return st.one_of(*map(of_type, arguments))
        case origin if origin is Literal:
            return st.sampled_from(arguments)
        case origin if origin is tuple and arguments[1:] == (...,):
            return st.lists(of_type(arguments[0]), max_size=2).map(tuple)
        case origin if origin is tuple:
            return st.tuples(*map(of_type, arguments))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    assert is_dataclass(kind), kind
    hints = get_type_hints(kind)
    parts = {
        each.name: UNIQUE[each.name] if each.name in UNIQUE else of_type(hints[each.name]) for each in fields(kind)
    }
    return st.builds(kind, **parts).map(_consistent)


def _consistent(record: Any) -> Any:
    """Totals are what the requests add up to."""
    return replace(record, totals=total_of(record.requests)) if isinstance(record, AgentOutcome) else record


runs: st.SearchStrategy[RunSummary] = st.deferred(lambda: of_type(RunSummary))
