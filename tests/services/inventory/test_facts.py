"""Files as they are opened and read: what can go wrong outside their text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chimera_tui.domain.inventory import FileEntry, FileFacts
from chimera_tui.domain.limits import DEFAULTS
from chimera_tui.domain.names import kind_of
from chimera_tui.services.inventory.facts import read_facts


def _facts(path: Path) -> FileFacts:
    return read_facts(FileEntry(f"reports/{path.name}", kind_of(path.name), 0, 0), str(path))


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_facts_carry_the_size_and_time_of_what_was_read(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.csv", b"x,y\n1,2\n3,4\n")
    facts = _facts(path)
    assert (facts.size_bytes, facts.mtime_ns) == (12, path.stat().st_mtime_ns)
    assert (facts.rows, facts.numbers, facts.problem) == (2, 4, "")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path, codec: str) -> None:
    facts = _facts(_write(tmp_path / "a.csv", "µ_ms,b\n1,2\n".encode(codec)))
    assert facts.names == ("µ_ms", "b")


def test_bytes_that_are_not_utf_8_are_said_and_the_rest_is_read(tmp_path: Path) -> None:
    facts = _facts(_write(tmp_path / "a.csv", b"caf\xe9,ms\nx,2\n"))
    assert (facts.problem, facts.numbers) == ("not UTF-8 at byte 3", 1)


def test_binary_content_is_not_taken_for_text(tmp_path: Path) -> None:
    assert _facts(_write(tmp_path / "a.json", b"\x00\x01\x02")).problem == "binary content, not read"


def test_a_file_over_the_limit_is_read_up_to_its_last_whole_line(tmp_path: Path) -> None:
    start = b"ms\n1\n3\n"
    padding = DEFAULTS.file_bytes - len(start) - 2
    data = start + b"#" * (padding - 1) + b"\n" + b"1234\n"
    facts = _facts(_write(tmp_path / "big.csv", data))
    assert facts.problem == "only the first 32 MiB of 33,554,435 bytes were read (limits.file_mib)"
    assert [(field.count, field.max) for field in facts.fields] == [(2, 3)]


def test_what_vanished_or_became_something_else_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to("pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    problems = {
        name: _facts(tmp_path / name).problem for name in ("none.csv", "pipe.csv", "link.csv", "folder.csv")
    }
    assert problems == {
        "none.csv": "vanished before it was read",
        "pipe.csv": "can not be read: not a regular file",
        "link.csv": "became a link, not read",
        "folder.csv": "can not be read: not a regular file",
    }


def test_no_descriptor_stays_open(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    _write(tmp_path / "a.csv", b"x\n1\n")
    before = set(os.listdir("/proc/self/fd"))
    for name in ("pipe.csv", "a.csv", "none.csv"):
        _facts(tmp_path / name)
    assert set(os.listdir("/proc/self/fd")) == before
