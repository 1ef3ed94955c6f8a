"""`chimera inventory` over real files."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from tests.commands.conftest import Shell


@pytest.fixture
def reports(shell: Shell) -> Path:
    folder = shell.here / "reports"
    (folder / "gemma3").mkdir(parents=True)
    (folder / "gemma3" / "a.csv").write_text("ttft_ms\n1\n")
    (folder / "gemma3" / "b.json").write_text("{}")
    (folder / "notes.md").write_text("# x\n")
    (folder / "plot.png").write_bytes(b"\x89PNG")
    (folder / "chimera_runs" / "20260101T000000Z-abcdef").mkdir(parents=True)
    (folder / "chimera_runs" / "20260101T000000Z-abcdef" / "metrics.json").write_text("{}")
    os.utime(folder / "notes.md", (1_763_146_440, 1_763_146_440))
    return folder


def test_files_are_counted_by_type_and_our_own_reports_apart(shell: Shell, reports: Path) -> None:
    document = json.loads(shell.run("inventory", reports, "--json").stdout)
    assert document["files"] == 3
    assert document["by_type"] == {"csv": 1, "json": 1, "md": 1, "other": 1}
    assert document["own_output"] == 1
    assert document["types"]["md"] == {
        "files": 1,
        "size_bytes": 4,
        "latest_modified_utc": "2025-11-14T18:54:00Z",
    }


def test_people_get_a_table(shell: Shell, reports: Path) -> None:
    lines = shell.run("inventory", reports).stdout.splitlines()
    assert [line.split()[:2] for line in lines[1:4]] == [["csv", "1"], ["json", "1"], ["md", "1"]]
    assert "2025-11-14 18:54 UTC" in lines[3]


def test_a_broken_link_is_named_and_its_control_characters_are_spelled_out(shell: Shell, reports: Path) -> None:
    (reports / "bad\x1b[31m.csv").symlink_to("nowhere")
    done = shell.call("inventory", reports)
    assert done.returncode == 0
    assert "bad\\x1b[31m.csv: " in done.stdout
    assert "\x1b" not in done.stdout
    document = json.loads(shell.call("inventory", reports, "--json").stdout)
    assert document["problem_files"][0]["path"].endswith("bad\x1b[31m.csv")


def test_a_name_that_is_not_utf_8_is_no_crash(shell: Shell, reports: Path) -> None:
    (reports / os.fsdecode(b"caf\xe9.csv")).write_text("a\n1\n")
    assert json.loads(shell.run("inventory", reports, "--json").stdout)["by_type"]["csv"] == 2


def test_two_directories_are_counted_together(shell: Shell, reports: Path) -> None:
    other = shell.here / "csv_data"
    other.mkdir()
    (other / "x.csv").write_text("a\n1\n")
    assert json.loads(shell.call("inventory", reports, other, "--json").stdout)["by_type"]["csv"] == 2


def test_a_directory_that_may_not_be_read_is_told(shell: Shell) -> None:
    done = shell.call("inventory", shell.here / "missing")
    assert done.returncode == 2
    assert "there is no directory" in done.stderr


@pytest.mark.shared
def test_the_sample_corpus_has_101_files(shell: Shell, shared_dir: Path) -> None:
    corpus = shell.here / "corpus"
    shutil.copytree(shared_dir / "corpus", corpus)
    document = json.loads(shell.call("inventory", corpus, "--json").stdout)
    assert document["files"] == 101
    counts = document["by_type"]
    assert (counts["csv"], counts["json"], counts["md"]) == (28, 44, 29)
