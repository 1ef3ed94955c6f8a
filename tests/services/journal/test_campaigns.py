"""Campaigns in the journal: what was kept is there again, and runs are found by their campaign."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from chimera_tui.domain.campaign_view import CampaignRecord
from chimera_tui.domain.errors import CampaignNotFound, SaveFailed
from chimera_tui.domain.run_events import RunFinished, RunStarted
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.services.journal.journal import Journal
from tests.campaign.plans import BEGUN, cell, decided, plan, record, run_of

ONE, TWO = cell(1), cell(2)


def opened(folder: Path) -> Journal:
    return Journal.open(folder / "journal.db", notify=lambda notice: None)


def put(journal: Journal, run: RunSummary) -> None:
    settings = tuple(outcome.settings for outcome in run.agents)
    agents = tuple(outcome.agent for outcome in run.agents)
    journal.append(
        RunStarted(run.run_id, agents, run.mode, settings, run.started_utc, 1, True, campaign=run.campaign)
    )
    journal.append(RunFinished(run.run_id, run))


def test_a_campaign_is_there_again_with_plan_decisions_and_basis(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.campaigns.begin(record(plan(ONE)))
    journal.campaigns.keep_basis("camp01", "corpus", "{}")
    journal.campaigns.keep_basis("camp01", "corpus", '{"files": 2}')
    journal.campaigns.decide("camp01", decided("skipped", ONE))
    journal.campaigns.decide("camp01", decided("replanned"), plan(ONE, TWO))
    journal.close()
    again = opened(tmp_path)
    found = again.campaigns.campaign("camp01")
    again.close()
    assert found == CampaignRecord(
        "camp01",
        BEGUN,
        plan(ONE, TWO),
        (decided("begun"), decided("skipped", ONE), decided("replanned")),
        (("corpus", '{"files": 2}'),),
    )


def test_runs_are_found_by_their_campaign_oldest_first_whatever_became_of_them(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.campaigns.begin(record(plan(ONE, TWO)))
    runs = [run_of(ONE, 1), run_of(TWO, 2, RunState.FAILED), run_of(ONE, 3)]
    for run in runs:
        put(journal, run)
    put(journal, replace(run_of(ONE, 4), campaign=None))
    journal.append(replace(_started(run_of(TWO, 5))))
    found = journal.campaigns.runs_of("camp01")
    journal.close()
    assert [(run.run_id, run.state) for run in found] == [
        ("run001", RunState.DONE),
        ("run002", RunState.FAILED),
        ("run003", RunState.DONE),
        ("run005", RunState.RUNNING),
    ]


def _started(run: RunSummary) -> RunStarted:
    settings = tuple(outcome.settings for outcome in run.agents)
    agents = tuple(outcome.agent for outcome in run.agents)
    return RunStarted(run.run_id, agents, run.mode, settings, run.started_utc, 1, True, campaign=run.campaign)


def test_names_find_the_newest_and_beginnings_must_be_unique(tmp_path: Path) -> None:
    campaigns = (journal := opened(tmp_path)).campaigns
    for number, name in ((1, "night"), (2, "night"), (3, "other")):
        campaigns.begin(replace(record(replace(plan(ONE), name=name)), campaign_id=f"camp{number:02d}"))
    assert campaigns.find_campaign("night") == "camp02"
    assert campaigns.find_campaign("last") == "camp03"
    assert campaigns.find_campaign("camp01") == "camp01"
    with pytest.raises(CampaignNotFound, match="more than one"):
        campaigns.find_campaign("camp")
    with pytest.raises(CampaignNotFound, match="there is no campaign 'x'"):
        campaigns.find_campaign("x")
    assert [each.campaign_id for each in campaigns.campaigns(2)] == ["camp03", "camp02"]
    journal.close()


def test_what_the_disk_refuses_is_said_and_changes_nothing(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.campaigns.begin(record(plan(ONE)))
    before = journal.campaigns.campaign("camp01")
    journal._store.connection.execute("PRAGMA max_page_count = 1")
    journal._store.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(SaveFailed, match="can not be written"):
        journal.campaigns.decide("camp01", decided("paused"))
    journal._store.connection.execute("PRAGMA query_only = OFF")
    assert journal.campaigns.campaign("camp01") == before
    journal.close()


def test_a_journal_of_the_version_before_gets_its_tables(tmp_path: Path) -> None:
    from chimera_tui.services.journal import schema

    path = tmp_path / "journal.db"
    old = sqlite3.connect(path)
    old.executescript(f"{schema._TABLES} {schema._PACKS} PRAGMA user_version = 2;")
    old.close()
    journal = opened(tmp_path)
    journal.campaigns.begin(record(plan(ONE)))
    assert journal.campaigns.find_campaign("last") == "camp01"
    journal.close()
