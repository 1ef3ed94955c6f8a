"""Campaigns in the journal's file: plans, decisions and what prompts are made of, beside the runs."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

from pydantic import ValidationError

from chimera_tui.campaign.effect import is_measured
from chimera_tui.domain.campaign import CampaignPlan, KnownCell
from chimera_tui.domain.campaign_view import CampaignRecord, Decision
from chimera_tui.domain.errors import CampaignNotFound, JournalUnusable, SaveFailed
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.wire import adapter
from chimera_tui.services.journal.rows import decode_summary
from chimera_tui.services.journal.store import Store
from chimera_tui.services.journal.writer import Writer

T = TypeVar("T")
_PATIENCE_S = 2.0
_MOST_KNOWN = 100
"""Runs of a cell that are told as known."""


class JournalCampaigns:
    """Implements `campaign.ports.CampaignStore`. Thread-safe; every method may wait for the disk.

    Unlike runs, what is put here is in the file when the method returns: it is little and comes seldom.
    """

    def __init__(
        self, store: Store, lock: threading.Lock, writer: Writer, find_run: Callable[[str], RunSummary]
    ) -> None:
        """`find_run` gives a run by what names it. Raises RunNotFound."""
        self._find_run = find_run
        self._store = store
        self._lock = lock
        self._writer = writer

    # ---- writing -----------------------------------------------------------------------------------------

    def begin(self, record: CampaignRecord) -> None:
        row = record.campaign_id, record.plan.name, record.begun_utc.astimezone(UTC).isoformat()
        with self._writing() as connection:
            connection.execute("INSERT INTO campaigns (campaign_id, name, begun_utc) VALUES (?, ?, ?)", row)
            for piece in record.basis:
                connection.execute("INSERT INTO bases VALUES (?, ?, ?)", (record.campaign_id, *piece))
            for ordinal, decision in enumerate(record.decisions):
                plan = record.plan if ordinal == 0 else None
                connection.execute(_DECIDE, (record.campaign_id, _json(decision), plan and _plan_json(plan)))

    def decide(self, campaign_id: str, decision: Decision, plan: CampaignPlan | None = None) -> None:
        with self._writing() as connection:
            connection.execute(_DECIDE, (campaign_id, _json(decision), plan and _plan_json(plan)))
            if plan is not None:
                connection.execute("UPDATE campaigns SET name = ? WHERE campaign_id = ?", (plan.name, campaign_id))

    def keep_basis(self, campaign_id: str, piece: str, text: str) -> None:
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO bases VALUES (?, ?, ?)", (campaign_id, piece, text))

    def mark_baseline(self, name: str) -> None:
        with self._writing() as connection:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            connection.execute("INSERT INTO baselines (at_utc, name) VALUES (?, ?)", (now, name))

    @property
    def is_writable(self) -> bool:
        return not self._writer.is_failing

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock, self._store.transaction():
                yield self._store.connection
            self._store.sync_log()
        except (sqlite3.Error, OSError) as error:
            raise SaveFailed(
                f"the journal can not be written: {error}", next_="Free some disk space, then try again."
            ) from error

    # ---- reading -----------------------------------------------------------------------------------------

    def campaign(self, campaign_id: str) -> CampaignRecord:
        found = self._read(lambda connection: self._record(connection, campaign_id))
        if found is None:
            raise _not_found(campaign_id)
        return found

    def campaigns(self, limit: int = 100) -> Sequence[CampaignRecord]:
        def query(connection: sqlite3.Connection) -> list[CampaignRecord]:
            rows = connection.execute("SELECT campaign_id FROM campaigns ORDER BY number DESC LIMIT ?", (limit,))
            records = (self._record(connection, campaign_id) for (campaign_id,) in rows.fetchall())
            return [record for record in records if record is not None]

        return self._read(query)

    def find_campaign(self, name: str) -> str:
        def query(connection: sqlite3.Connection) -> list[str]:
            rows = connection.execute("SELECT campaign_id, name FROM campaigns ORDER BY number DESC")
            known: list[tuple[str, str]] = rows.fetchall()
            exact = [campaign_id for campaign_id, named in known if name in (campaign_id, named)]
            if exact or name == "last":
                return exact[:1] or [campaign_id for campaign_id, _ in known[:1]]
            return [campaign_id for campaign_id, _ in known if name and campaign_id.startswith(name)]

        found = self._read(query)
        if len(found) > 1:
            raise CampaignNotFound(
                f"more than one campaign begins with {name!r}: {', '.join(found)}", next_="Give more of its id."
            )
        if not found:
            raise _not_found(name)
        return found[0]

    def runs_of(self, campaign_id: str) -> Sequence[RunSummary]:
        query = "SELECT summary FROM runs WHERE campaign_id = ? ORDER BY number"
        bodies = self._read(lambda connection: connection.execute(query, (campaign_id,)).fetchall())
        return [decode_summary(body) for (body,) in bodies]

    def baseline(self) -> str:
        query = "SELECT name FROM baselines ORDER BY number DESC LIMIT 1"
        row = self._read(lambda connection: connection.execute(query).fetchone())
        return "" if row is None else str(row[0])

    def run(self, name: str) -> RunSummary:
        return self._find_run(name)

    def recent_runs(self, limit: int = 200) -> Sequence[RunSummary]:
        query = "SELECT summary FROM runs ORDER BY number DESC LIMIT ?"
        bodies = self._read(lambda connection: connection.execute(query, (limit,)).fetchall())
        return [decode_summary(body) for (body,) in bodies]

    def known(self, plan: CampaignPlan, but: str = "") -> Sequence[KnownCell]:
        query = (
            "SELECT summary FROM runs WHERE cell = ? AND state = ? AND campaign_id IS NOT ?"
            " ORDER BY number DESC LIMIT ?"
        )
        found: list[KnownCell] = []
        for cell in plan.cells:
            values = cell.cell_id, RunState.DONE, but, _MOST_KNOWN
            bodies = self._read(lambda connection, values=values: connection.execute(query, values).fetchall())  # type: ignore[misc]
            runs = [decode_summary(body) for (body,) in bodies]
            clean = [run.run_id for run in runs if run.is_clean and is_measured(run)]
            if clean:
                found.append(KnownCell(cell.cell_id, tuple(clean)))
        return found

    def _record(self, connection: sqlite3.Connection, campaign_id: str) -> CampaignRecord | None:
        row = connection.execute(
            "SELECT begun_utc FROM campaigns WHERE campaign_id = ?", (campaign_id,)
        ).fetchone()
        if row is None:
            return None
        decided = connection.execute(
            "SELECT body, plan FROM decisions WHERE campaign_id = ? ORDER BY ordinal", (campaign_id,)
        ).fetchall()
        pieces = connection.execute(
            "SELECT piece, body FROM bases WHERE campaign_id = ? ORDER BY piece", (campaign_id,)
        ).fetchall()
        try:
            plans = [adapter(CampaignPlan).validate_json(plan) for _, plan in decided if plan is not None]
            decisions = tuple(adapter(Decision).validate_json(body) for body, _ in decided)
        except ValidationError as error:
            raise JournalUnusable(
                f"campaign {campaign_id} can not be read: it was written by another version of this program",
                next_="Its runs can still be seen in the history.",
            ) from error
        begun = datetime.fromisoformat(row[0])
        return CampaignRecord(campaign_id, begun, plans[-1], decisions, tuple(pieces))

    def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Sees what was appended before, unless the disk refuses it."""
        self._writer.flush(_PATIENCE_S)
        try:
            with self._lock:
                return query(self._store.connection)
        except sqlite3.Error as error:
            raise JournalUnusable(
                f"the journal can not be read: {error}",
                next_="Stop the daemon with `chimera daemon stop`, move that file away and start again.",
            ) from error


_DECIDE = (
    "INSERT INTO decisions VALUES"
    " (?1, (SELECT ifnull(max(ordinal), -1) + 1 FROM decisions WHERE campaign_id = ?1), ?2, ?3)"
)


def _json(decision: Decision) -> str:
    return adapter(Decision).dump_json(decision).decode()


def _plan_json(plan: CampaignPlan) -> str:
    return adapter(CampaignPlan).dump_json(plan).decode()


def _not_found(name: str) -> CampaignNotFound:
    if name == "last":
        return CampaignNotFound("there is no campaign yet", next_="Begin one with `chimera campaign run FILE`.")
    return CampaignNotFound(f"there is no campaign {name!r}", next_="List them with `chimera campaign list`.")
