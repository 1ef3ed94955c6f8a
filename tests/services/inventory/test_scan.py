"""One look at real folders, in this process."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import FileKind
from chimera_tui.services.inventory.once import scan_once
from chimera_tui.services.inventory.roots import resolve_roots
from chimera_tui.services.inventory.scan import BATCH, scan


def _entries(*directories: Path) -> dict[str, FileEntry]:
    state, _ = scan_once(resolve_roots(directories), read=False)
    return state.entries


def test_entries_have_kind_size_and_time(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    (folder / "a" / "b").mkdir(parents=True)
    for name in ("x.CSV", "a/y.json", "a/b/z.markdown", "a/b/log.txt", "README"):
        (folder / name).write_text("12345")
        os.utime(folder / name, ns=(0, 1_700_000_000_123_456_789))
    entries = _entries(folder)
    assert {path: entry.kind.value for path, entry in entries.items()} == {
        "reports/x.CSV": "csv",
        "reports/a/y.json": "json",
        "reports/a/b/z.markdown": "md",
        "reports/a/b/log.txt": "other",
        "reports/README": "other",
    }
    assert {(entry.size_bytes, entry.mtime_ns) for entry in entries.values()} == {(5, 1_700_000_000_123_456_789)}


def test_hidden_names_and_tool_folders_are_left_out(tmp_path: Path) -> None:
    for name in (".git", ".venv", "node_modules", "__pycache__", "kept"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.csv").touch()
    for name in (".hidden.csv", "half.md.chimera-tmp"):
        (tmp_path / name).touch()
    assert list(_entries(tmp_path)) == [f"{tmp_path.name}/kept/a.csv"]


def test_links_are_shown_for_what_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "real.csv").write_text("a\n1\n")
    (tmp_path / "secret.csv").write_text("a\n1\n")
    (folder / "inside.csv").symlink_to("real.csv")
    (folder / "outside.csv").symlink_to("../secret.csv")
    (folder / "up").symlink_to("..")
    (folder / "broken.csv").symlink_to("nowhere")
    entries = _entries(folder)
    assert {path: (entry.problem, entry.is_link) for path, entry in entries.items()} == {
        "reports/real.csv": ("", False),
        "reports/inside.csv": ("", True),
        "reports/outside.csv": ("link that leads out of the reports, not read", True),
        "reports/up": ("link to a folder, not followed", True),
        "reports/broken.csv": ("broken link", True),
    }
    assert entries["reports/inside.csv"].size_bytes == 4
    _, facts = scan_once(resolve_roots([folder]))
    assert [(fact.path, fact.numbers) for fact in facts] == [("reports/inside.csv", 1), ("reports/real.csv", 1)]


def test_what_is_no_file_is_listed_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket.md"))
        entries, facts = scan_once(resolve_roots([tmp_path]))
    assert {entry.kind for entry in entries.entries.values()} == {FileKind.OTHER}
    assert {entry.problem for entry in entries.entries.values()} == {"not a regular file"}
    assert facts == []


def test_a_folder_deeper_than_a_path_may_be_is_an_entry_with_a_problem(tmp_path: Path) -> None:
    component = "d" * 250
    home = Path.cwd()
    try:
        os.chdir(tmp_path)
        for _ in range(17):
            Path(component).mkdir()
            os.chdir(component)
        Path("deep.csv").touch()
        entries = _entries(tmp_path)
    finally:
        os.chdir(home)
    (entry,) = entries.values()
    assert (entry.kind, entry.problem) == (FileKind.OTHER, "unreadable folder: file name too long")
    assert not entry.counts


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_permission_is_an_entry_with_a_problem(tmp_path: Path) -> None:
    (tmp_path / "locked").mkdir(mode=0)
    (entry,) = _entries(tmp_path).values()
    assert entry.problem == "unreadable folder: permission denied"


def test_several_roots_keep_their_files_apart(tmp_path: Path) -> None:
    for name in ("one/reports", "two/reports"):
        (tmp_path / name / "chimera_runs").mkdir(parents=True)
        (tmp_path / name / "chimera_runs" / "a.md").touch()
    entries = _entries(tmp_path / "one/reports", tmp_path / "two/reports")
    assert {path: entry.own_output for path, entry in entries.items()} == {
        "reports/chimera_runs/a.md": True,
        "reports-2/chimera_runs/a.md": False,
    }


def test_batches_are_bounded_and_lose_nothing(tmp_path: Path) -> None:
    for number in range(BATCH + 7):
        (tmp_path / f"{number}.csv").touch()
    batches = list(scan(resolve_roots([tmp_path])))
    assert [len(batch) for batch in batches] == [BATCH, 7]


@pytest.mark.shared
def test_the_sample_corpus_is_counted_and_read_in_one_look(shared_dir: Path) -> None:
    state, facts = scan_once(resolve_roots([shared_dir / "corpus"]))
    counts = {kind.value: total.count for kind, total in state.totals().by_kind.items()}
    assert counts == {"csv": 28, "json": 44, "md": 29, "other": 3}
    assert len(facts) == 101
    assert {fact.path: fact.problem for fact in facts if fact.problem} == {
        "corpus/reports/profiling/ncu_summary.csv": "binary content, not read"
    }
