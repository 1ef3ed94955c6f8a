"""A run's reports on the disk: whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chimera_tui.domain.errors import SaveFailed
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.telemetry import Spread
from chimera_tui.engine.ports import AgentText
from chimera_tui.formats.agent_report_read import read_agent_report
from chimera_tui.formats.metrics_json import read_run_document
from chimera_tui.services.report_store import TEMPORARY, FolderReportStore
from tests.formats.records import (
    CHECKED,
    GROUNDED,
    TELEMETRY,
    equipped,
    failed,
    grounded,
    outcome,
    summary,
)

NAME = "20261121T193342Z-k3v9qa"
TEXT = AgentText("An analysis.", "## Key Findings\n- One holds.\n", "You collect.", "Total files analyzed: 2")
NOTHING = AgentText("", "", "You explain.", "")
FILES = ("agent_a_report.md", "agent_b_report.md", "combined_report.md", "metrics.json")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    return folder


@pytest.fixture
def store(reports: Path, tmp_path: Path) -> FolderReportStore:
    return FolderReportStore(reports / "chimera_runs", tmp_path / "state" / "runs")


def test_a_run_becomes_one_folder_with_four_files(store: FolderReportStore, reports: Path) -> None:
    saved = store.save(summary(), [TEXT, TEXT])
    folder, files = saved.folder, saved.files
    assert folder == str(reports / "chimera_runs" / NAME)
    assert files == FILES
    assert sorted(os.listdir(folder)) == sorted(FILES)
    assert os.listdir(reports / "chimera_runs") == [NAME]
    report = read_agent_report((Path(folder) / "agent_a_report.md").read_text(encoding="utf-8"))
    assert report.body == TEXT.report
    assert report.persona == TEXT.system
    document = (Path(folder) / "metrics.json").read_text(encoding="utf-8")
    assert read_run_document(document) == summary()
    assert json.loads(document)["agents"][0]["findings"] == 1


def test_flags_hardware_and_environment_of_a_run_are_saved_and_read_back(store: FolderReportStore) -> None:
    folder = Path(store.save(equipped(), [TEXT, TEXT]).folder)
    assert read_run_document((folder / "metrics.json").read_text(encoding="utf-8")) == equipped()
    report = read_agent_report((folder / "agent_b_report.md").read_text(encoding="utf-8"))
    assert (len(report.flags), len(report.waits)) == (2, 2)
    assert report.environment["Prompt digest"] == "bbbbbbbbbbbb"
    assert "⚑2 •1: left out of comparisons" in (folder / "combined_report.md").read_text(encoding="utf-8")


def test_a_report_that_was_mended_keeps_its_first_text_beside_it(store: FolderReportStore) -> None:
    first = "# First\r\n\n67 files."
    text = replace(TEXT, report=GROUNDED, checked=CHECKED, unrepaired=first, mended=CHECKED.numbers[1:2])
    saved = store.save(summary(grounded(), outcome(AgentId.B)), [text, TEXT])
    assert "agent_a_unrepaired.md" in saved.files
    assert (Path(saved.folder) / "agent_a_unrepaired.md").read_bytes().decode() == first
    report = read_agent_report((Path(saved.folder) / "agent_a_report.md").read_text(encoding="utf-8"))
    assert (len(report.checked.rows), report.checked.repair.endswith("agent_a_unrepaired.md.")) == (3, True)
    document = json.loads((Path(saved.folder) / "metrics.json").read_text(encoding="utf-8"))
    assert len(document["agents"][0]["grounding"]["numbers"]) == 4


def test_hardware_that_tells_no_numbers_does_not_stop_saving(store: FolderReportStore) -> None:
    odd = replace(TELEMETRY, load_1m=Spread(0.0, float("nan"), float("inf"), 2), energy_j=float("nan"))
    saved = store.save(replace(equipped(), telemetry=odd), [TEXT, TEXT])
    document = json.loads((Path(saved.folder) / "metrics.json").read_text(encoding="utf-8"))
    assert (document["telemetry"]["load_1m"], document["telemetry"]["energy_j"]) == (None, None)


def test_an_agent_that_wrote_nothing_has_no_report_but_the_run_is_saved(store: FolderReportStore) -> None:
    run = summary(outcome(), failed(), state=RunState.FAILED)
    saved = store.save(run, [replace(TEXT, report=""), NOTHING])
    folder, files = saved.folder, saved.files
    assert files == ("agent_a_report.md", "combined_report.md", "metrics.json")
    assert "An analysis." in (Path(folder) / "agent_a_report.md").read_text(encoding="utf-8")
    combined = (Path(folder) / "combined_report.md").read_text(encoding="utf-8")
    assert "**State:** failed" in combined
    assert "Nothing was written." in combined


def test_a_name_that_is_taken_gets_a_suffix(store: FolderReportStore, reports: Path) -> None:
    saved = store.save(summary(), [TEXT, TEXT])
    first = saved.folder
    saved = store.save(summary(), [TEXT, TEXT])
    second = saved.folder
    (reports / "chimera_runs" / f"{NAME}-3").symlink_to("nowhere")
    saved = store.save(summary(), [TEXT, TEXT])
    third = saved.folder
    assert [Path(path).name for path in (first, second, third)] == [NAME, f"{NAME}-2", f"{NAME}-4"]


def test_half_a_surrogate_pair_from_a_model_is_spelled_out(store: FolderReportStore) -> None:
    saved = store.save(summary(), [replace(TEXT, report="broken \ud83d emoji"), TEXT])
    folder = saved.folder
    text = (Path(folder) / "agent_a_report.md").read_text(encoding="utf-8")
    assert read_agent_report(text).body == "broken \\ud83d emoji"


def test_line_ends_of_the_model_are_kept_byte_for_byte(store: FolderReportStore) -> None:
    body = "a\r\nb\rc\u2028d\x85"
    saved = store.save(summary(), [replace(TEXT, report=body), TEXT])
    folder = saved.folder
    text = (Path(folder) / "agent_a_report.md").read_bytes().decode()
    assert read_agent_report(text).body == body


def test_a_missing_reports_directory_is_not_made_anew(
    store: FolderReportStore, reports: Path, tmp_path: Path
) -> None:
    reports.rmdir()
    saved = store.save(summary(), [TEXT, TEXT])
    folder, files = saved.folder, saved.files
    assert folder == str(tmp_path / "state" / "runs" / NAME)
    assert files == FILES
    assert not reports.exists()
    combined = (Path(folder) / "combined_report.md").read_text(encoding="utf-8")
    assert saved.note.startswith("saved here because")
    assert f"saved here because {reports / 'chimera_runs'} could not be written: No such file" in combined


def test_a_file_in_the_place_of_the_folder_leads_to_the_fallback(
    store: FolderReportStore, reports: Path, tmp_path: Path
) -> None:
    (reports / "chimera_runs").write_text("mine")
    saved = store.save(summary(), [TEXT, TEXT])
    folder = saved.folder
    assert Path(folder).parent == tmp_path / "state" / "runs"
    assert (reports / "chimera_runs").read_text() == "mine"


@pytest.mark.parametrize("allowed", [False, True])
def test_our_folder_as_a_link_out_of_the_directory_is_written_to_only_where_that_is_allowed(
    reports: Path, tmp_path: Path, allowed: bool
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (reports / "chimera_runs").symlink_to(elsewhere)
    store = FolderReportStore(reports / "chimera_runs", tmp_path / "state" / "runs", links_out=allowed)
    saved = store.save(summary(), [TEXT, TEXT])
    assert os.listdir(elsewhere) == ([NAME] if allowed else [])
    assert ("link out of the directory" in saved.note) is not allowed
    assert (tmp_path / "state" / "runs" / NAME).is_dir() is not allowed


def test_our_folder_as_a_link_within_the_directory_is_written_to(store: FolderReportStore, reports: Path) -> None:
    (reports / "ours").mkdir()
    (reports / "chimera_runs").symlink_to("ours")
    assert not store.save(summary(), [TEXT, TEXT]).note
    assert os.listdir(reports / "ours") == [NAME]


def test_when_no_place_can_be_written_the_error_says_what_to_do(reports: Path, tmp_path: Path) -> None:
    (reports / "chimera_runs").write_text("mine")
    (tmp_path / "state").write_text("also mine")
    store = FolderReportStore(reports / "chimera_runs", tmp_path / "state" / "runs")
    with pytest.raises(SaveFailed) as caught:
        store.save(summary(), [TEXT, TEXT])
    info = caught.value.info
    assert "k3v9qa" in info.what
    assert str(tmp_path / "state" / "runs") in info.what
    assert info.where == str(reports / "chimera_runs")
    assert "space" in info.next


FULL = """
import resource, signal, sys
from pathlib import Path
from chimera_tui.services.report_store import FolderReportStore
from tests.formats.records import summary
from tests.services.test_report_store import TEXT
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (900, 900))
output, fallback = Path(sys.argv[1]), Path(sys.argv[2])
FolderReportStore(output, fallback).save(summary(), [TEXT, TEXT])
"""


def test_a_write_that_stops_half_way_leaves_nothing_behind(
    reports: Path, tmp_path: Path, repository: Path
) -> None:
    fallback = tmp_path / "state"
    command = [sys.executable, "-c", FULL, str(reports / "chimera_runs"), str(fallback)]
    done = subprocess.run(command, cwd=repository, capture_output=True, text=True, timeout=60, check=False)
    assert "SaveFailed" in done.stderr
    assert os.strerror(errno.EFBIG) in done.stderr
    assert os.listdir(reports / "chimera_runs") == []
    assert os.listdir(fallback) == []


def test_what_a_killed_process_left_behind_is_in_nobodys_way(store: FolderReportStore, reports: Path) -> None:
    leftover = reports / "chimera_runs" / f"{NAME}-0a1b2c3d{TEMPORARY}"
    leftover.mkdir(parents=True)
    saved = store.save(summary(), [TEXT, TEXT])
    folder = saved.folder
    assert folder == str(reports / "chimera_runs" / NAME)
