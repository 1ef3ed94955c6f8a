"""Directories, their labels, and paths that may not leave them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.domain.errors import FileNotReadable, ReportsUnreadable
from chimera_tui.services.inventory.roots import Roots, resolve_roots


def test_roots_are_labelled_by_their_last_component_made_unique(tmp_path: Path) -> None:
    for name in ("one/reports", "two/reports", "csv_data"):
        (tmp_path / name).mkdir(parents=True)
    roots = resolve_roots([tmp_path / "one/reports", tmp_path / "two/reports", tmp_path / "csv_data"])
    assert roots.labels == ("reports", "reports-2", "csv_data")
    assert roots.paths[1] == str(tmp_path.resolve() / "two/reports")


def test_a_relative_root_is_made_absolute_and_a_linked_one_keeps_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "reports").symlink_to("data")
    monkeypatch.chdir(tmp_path)
    roots = resolve_roots(["reports"])
    assert (roots.labels, roots.paths) == (("reports",), (str(tmp_path.resolve() / "data"),))
    monkeypatch.chdir(tmp_path / "data")
    assert resolve_roots(["."]).labels == ("data",)


def test_nested_and_equal_roots_are_shown_once_and_said(tmp_path: Path) -> None:
    (tmp_path / "reports" / "gemma3").mkdir(parents=True)
    roots = resolve_roots([tmp_path / "reports" / "gemma3", tmp_path / "reports", tmp_path / "reports"])
    assert roots.labels == ("reports",)
    assert len(roots.notes) == 2
    assert "lies in" in roots.notes[0] and "is the same as" in roots.notes[1]


def test_a_root_that_can_not_be_used_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file.csv").touch()
    (tmp_path / "loop").symlink_to("loop")
    cases = ["missing", "file.csv", "loop", "x" * 300]
    for name in cases:
        with pytest.raises(ReportsUnreadable) as refused:
            resolve_roots([tmp_path / name])
        assert name in refused.value.info.what and refused.value.info.next
    with pytest.raises(ReportsUnreadable):
        resolve_roots([])


def test_wire_paths_and_file_names_are_each_others_inverse(tmp_path: Path) -> None:
    roots = resolve_roots([tmp_path])
    raw = f"{tmp_path.resolve()}/deep/caf\udce9 \x1b.csv"
    wire = roots.wire(raw)
    assert wire == f"{tmp_path.name}/deep/caf\U0010ffe9 \x1b.csv"
    assert roots.absolute(wire) == raw
    assert roots.wire("/elsewhere/a.csv") is None
    assert roots.wire(f"{tmp_path.resolve()}-2/a.csv") is None


def test_the_whole_file_system_can_be_a_root() -> None:
    roots = Roots(("/",), ("root",))
    assert roots.wire("/etc/a.csv") == "root/etc/a.csv"
    assert roots.absolute("root/etc/a.csv") == "/etc/a.csv"
    assert roots.absolute("root") == "/"
    assert roots.contain("/anything")


@pytest.mark.parametrize(
    "path", ["", "other/a.csv", "reports/../x", "reports/a/../../x", "/etc/passwd", "reports//x", "reports/./x"]
)
def test_a_path_that_leaves_the_roots_is_refused(path: str) -> None:
    with pytest.raises(FileNotReadable) as refused:
        Roots(("/data/reports",), ("reports",)).absolute(path)
    assert "reports/" in refused.value.info.next


@given(st.text(max_size=60))
def test_no_path_ever_leads_out(rest: str) -> None:
    roots = Roots(("/data/reports",), ("reports",))
    try:
        raw = roots.absolute(f"reports/{rest}")
    except FileNotReadable:
        return
    assert os.path.normpath(raw) == raw
    assert raw.startswith("/data/reports/") or raw == "/data/reports"


def test_only_the_first_roots_own_folder_is_our_output() -> None:
    roots = Roots(("/a/reports", "/a/csv"), ("reports", "csv"))
    assert roots.is_own_output("reports/chimera_runs/x/a.md")
    assert roots.is_own_output("reports/chimera_runs")
    assert not roots.is_own_output("reports/chimera_runs_old/a.md")
    assert not roots.is_own_output("reports/deep/chimera_runs/a.md")
    assert not roots.is_own_output("csv/chimera_runs/a.md")
