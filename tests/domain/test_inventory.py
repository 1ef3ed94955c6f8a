"""Kinds, names that travel, and totals that change by delta."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.domain.inventory import FileEntry, InventoryState, totals_of
from chimera_tui.domain.names import FileKind, from_wire, kind_of, printable, to_wire

_ENTRIES = st.builds(
    FileEntry,
    path=st.sampled_from([f"r/{name}" for name in "abcdef"]),
    kind=st.sampled_from(FileKind),
    size_bytes=st.integers(0, 10),
    mtime_ns=st.integers(0, 5),
    own_output=st.booleans(),
    problem=st.sampled_from(["", "", "broken link"]),
)
_STEPS = st.lists(st.one_of(_ENTRIES, st.sampled_from([f"r/{name}" for name in "abcdef"])), max_size=40)


@given(_STEPS)
def test_totals_by_delta_are_those_of_a_count_from_scratch(steps: list[FileEntry | str]) -> None:
    state = InventoryState()
    for step in steps:
        if isinstance(step, str):
            state.remove(step)
        else:
            state.put(step)
        assert state.totals() == totals_of(state.entries.values())


@given(_STEPS)
def test_totals_are_right_also_when_they_are_asked_for_only_at_the_end(steps: list[FileEntry | str]) -> None:
    state = InventoryState()
    for step in steps:
        if isinstance(step, str):
            state.remove(step)
        else:
            state.put(step)
    assert state.totals() == totals_of(state.entries.values())


def test_an_emptied_inventory_has_no_latest_file() -> None:
    state = InventoryState()
    state.put(FileEntry("r/a.csv", FileKind.CSV, 3, 7))
    assert state.totals().benchmark.latest_mtime_ns == 7
    state.clear()
    assert state.totals() == totals_of([])
    assert state.totals().benchmark.latest_mtime_ns is None


def test_what_the_agents_are_told_about_is_in_path_order_and_only_the_users_readable_files() -> None:
    state = InventoryState()
    for entry in (
        FileEntry("r/b.md", FileKind.MD, 1, 1),
        FileEntry("r/a.csv", FileKind.CSV, 1, 1),
        FileEntry("r/c.txt", FileKind.OTHER, 1, 1),
        FileEntry("r/chimera_runs/x.md", FileKind.MD, 1, 1, own_output=True),
        FileEntry("r/d.json", FileKind.JSON, 0, 1, problem="broken link"),
    ):
        state.put(entry)
    assert [entry.path for entry in state.benchmark_files()] == ["r/a.csv", "r/b.md"]
    assert (state.totals().own_output, state.totals().problems) == (1, 1)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.csv", "csv"),
        ("A.CSV", "csv"),
        ("a.tar.json", "json"),
        ("x.md", "md"),
        ("x.markdown", "md"),
        ("a.jsonl", "other"),
        ("csv", "other"),
        (".csv", "other"),
        ("a.csv.bak", "other"),
    ],
)
def test_the_kind_is_told_by_the_last_suffix(name: str, kind: str) -> None:
    assert kind_of(name).value == kind


@given(st.binary(max_size=30).filter(lambda raw: b"\0" not in raw and b"/" not in raw))
def test_every_file_name_survives_the_wire(raw: bytes) -> None:
    name = os.fsdecode(raw)
    if any(0x10FF80 <= ord(c) <= 0x10FFFF for c in name):
        return  # the private characters that stand for undecodable bytes
    wire = to_wire(name)
    assert json.loads(json.dumps(wire).encode("utf-8")) == wire
    wire.encode("utf-8")
    assert os.fsencode(from_wire(wire)) == raw


@given(st.text(max_size=40))
def test_printable_text_has_no_controls_and_stays_on_its_line(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in shown)


def test_controls_and_undecodable_bytes_are_spelled_out() -> None:
    assert printable("a\x1b[2J\n\u202eb" + to_wire("\udcff")) == "a\\x1b[2J\\x0a\\u202eb\\xff"
