"""Journals as years of use leave them, written quickly: rows go in as the journal's own writer makes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import Chunk, RequestSent, RunEvent, RunFinished, RunStarted, TokensArrived
from chimera_tui.domain.runs import RunSummary
from chimera_tui.services.journal.rows import RowEncoder
from chimera_tui.services.journal.store import EventRow, RunRow, Store

_MS = 1_000_000
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
_ROWS_AT_ONCE = 50_000


def write_long_journal(path: Path, template: RunSummary, *, runs: int, token_rows: int) -> list[str]:
    """Runs like `template`, oldest first, which share the token rows; gives their ids.

    The events of one run are encoded as the journal encodes them; the others differ in their id alone.
    """
    store = Store.open(path)
    ids = [_id(number) for number in range(runs)]
    try:
        pending: list[EventRow] = []
        lines: list[RunRow] = []
        each = max(1, token_rows // runs)
        [line], model = _encoded(template, each)
        for number, run_id in enumerate(ids):
            begun = template.started_utc + timedelta(minutes=number)
            stamp = begun.isoformat()
            summary = line.summary.replace(template.run_id, run_id)
            summary = summary.replace(f"{template.started_utc:%Y-%m-%dT%H:%M:%S}", f"{begun:%Y-%m-%dT%H:%M:%S}")
            lines.append(RunRow(run_id, line.state, stamp, summary))
            pending += (
                EventRow(run_id, row.ordinal, row.kind, row.at_ns, row.body.replace(template.run_id, run_id))
                for row in model
            )
            if len(pending) >= _ROWS_AT_ONCE:
                store.write(lines, pending)
                store.copy_log()
                store.empty_log()  # the disk is not waited for: who needs the file opens it on the same machine
                lines, pending = [], []
        store.write(lines, pending)
    finally:
        store.close()
    return ids


def _encoded(template: RunSummary, token_rows: int) -> tuple[list[RunRow], list[EventRow]]:
    encoder = RowEncoder(lambda run_id: 0)
    rows: list[EventRow] = []
    lines: list[RunRow] = []
    for event in _events(template, token_rows):
        encoded = encoder.encode([event])  # one by one: tokens that are encoded together share a row
        rows += encoded.events
        lines = encoded.runs or lines
    return lines, rows


def _events(template: RunSummary, token_rows: int) -> Iterator[RunEvent]:
    run_id = template.run_id
    settings = tuple(outcome.settings for outcome in template.agents)
    agents = tuple(outcome.agent for outcome in template.agents)
    yield RunStarted(run_id, agents, template.mode, settings, template.started_utc, 0)
    yield RequestSent(run_id, AgentId.A, "analysis", 0, "persona", "facts")
    yield from islice(_tokens(run_id), token_rows)
    yield RunFinished(run_id, replace(template))


def _tokens(run_id: str) -> Iterator[TokensArrived]:
    """Both agents by turns, 100 tokens a second each, two to a row."""
    words = ("The", " model", " was", " loaded", " in", " 12.4", " s", ",", " é", "\n\n")
    for number in range(1_000_000_000):
        at_ns = 1_000_003 + number * 10 * _MS + (number * 7_919) % 100_000
        pair = (Chunk(at_ns, words[number % 10]), Chunk(at_ns + 9_876_543, words[number * 7 % 10]))
        yield TokensArrived(run_id, AgentId.A if number % 2 else AgentId.B, "analysis", pair)


def _id(number: int) -> str:
    digits = ""
    for _ in range(6):
        number, digit = divmod(number * 7 + 5, 30) if not digits else divmod(number, 30)
        digits = _ALPHABET[digit] + digits
    return digits
