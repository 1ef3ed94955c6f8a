"""Growing files with what no file should hold."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from chimera_tui.services.inventory import growth_tail
from chimera_tui.services.inventory.growth_follow import NoSuchColumn
from chimera_tui.services.inventory.growth_tail import LONGEST_LINE, NoRows, Tail
from tests.services.inventory.growing import Followed


@pytest.fixture
def csv(tmp_path: Path) -> Followed:
    return Followed(tmp_path / "sweep.csv")


def test_utf_16_is_read_wherever_it_is_torn(csv: Followed) -> None:
    data = "n;größe_ms\n1;5,5\n2;6,5\n".encode("utf-16")
    for at in range(0, len(data), 7):
        csv.append(data[at : at + 7])
    assert csv.values("größe_ms") == [5.5, 6.5]


def test_binary_content_is_refused_and_a_hole_at_the_beginning_is_skipped(csv: Followed) -> None:
    csv.write(b"n,ms\n1,5\n2,6\n")
    growth = csv.write(b"\0" * 14 + b"n,ms\n3,7\n")
    assert csv.values("ms") == [7.0] and "NUL bytes left out: 14" in growth.notes
    with pytest.raises(NoRows, match="binary"):
        csv.write(b"PK\x03\x04\0\0\0\0")


def test_a_line_of_fifty_megabytes_costs_no_memory_and_no_rows(csv: Followed) -> None:
    csv.write("n,ms\n1,5\n")
    before = csv.path.stat().st_size
    with csv.path.open("ab") as file:
        file.write(b"x" * 10)
        file.truncate(before + (50 << 20))  # NUL bytes that take no room on the disk
        file.seek(0, os.SEEK_END)
        file.write(b"y" * (LONGEST_LINE + (2 << 20)) + b"\n2,6\n")
    growth = csv.look()
    assert csv.values("ms") == [5.0, 6.0] and "lines of more than 4 MiB left out: 1" in growth.notes


def test_of_a_long_file_the_end_is_read_with_the_header_of_its_beginning(
    csv: Followed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth_tail, "TAIL_BYTES", 1_000)
    growth = csv.write("n,ms\n" + "".join(f"{n},{n}.5\n" for n in range(1_000)))
    values = csv.values("ms")
    assert values[-1] == 999.5 and 50 < len(values) <= 100 and growth.rows == len(values)
    assert csv.append("1000,1000.5\n").rows == growth.rows + 1


def test_of_ten_thousand_columns_some_are_kept_and_it_is_said(csv: Followed) -> None:
    growth = csv.write(",".join(f"c{n}" for n in range(10_000)) + "\n" + ",".join("1" * 10_000) + "\n")
    assert len(growth.columns) == 64 and "64 of 10,000 columns of numbers are kept" in growth.notes


def test_a_column_that_is_not_there_is_named(csv: Followed) -> None:
    csv.write("n,ms\n1,5\n")
    with pytest.raises(NoSuchColumn, match="absent"):
        csv.tell("ms", "absent")


def test_files_without_rows_or_numbers_tell_so(csv: Followed) -> None:
    assert csv.write("").rows == 0 and csv.tell().series == ()
    growth = csv.write("model,verdict\ngemma3,good\n")
    assert growth.rows == 1 and "no column of numbers" in growth.notes


def test_a_file_that_ends_while_it_is_read_is_taken_up_to_there(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a\n" * 10)
    tail = Tail(lambda why: None)
    assert "".join(tail.read(str(path))) == "a\n" * 10
    assert "".join(tail.read(str(path))) == ""


def test_rows_that_all_have_keys_of_their_own_cost_what_they_hold(tmp_path: Path) -> None:
    lines = Followed(tmp_path / "keys.jsonl")
    growth = lines.write("".join(f'{{"ms": {n}, "key{n}": 1}}\n' for n in range(15_000)))
    assert growth.rows == 15_000 and len(growth.columns) == 64
    assert lines.tell("ms").series[0].count == 15_000


def test_short_rows_below_a_wide_header_cost_what_they_hold(csv: Followed) -> None:
    header = ",".join(f"c{n}" for n in range(30_000))
    growth = csv.write(f"{header}\n" + "7\n" * 50_000)
    assert growth.rows == 50_000 and [column.name for column in growth.columns] == ["c0"]
    assert "rows with more or fewer cells than the header: 50,000" in growth.notes


def test_a_document_of_many_rows_is_taken_whole(tmp_path: Path) -> None:
    document = Followed(tmp_path / "many.json")
    document.path.write_text("[" + ",".join(f'{{"ms": {n}}}' for n in range(5_000)) + "]")
    document.follower.look(str(document.path), at_most_s=0)
    assert document.tell().rows == 5_000 and not document.tell().is_behind


@effort(max_examples=80)
@given(
    pieces=st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(
                [
                    b"a,b\n",
                    b"1,2\n",
                    b'"',
                    b"#",
                    b"\r\n",
                    b"[",
                    b"]",
                    b'{"a": 1',
                    b"}",
                    b"\0",
                    b"\xff\xfe",
                    b"1e999,",
                ]
            ),
        ),
        max_size=12,
    ),
    suffix=st.sampled_from([".csv", ".jsonl", ".json"]),
)
def test_nothing_that_can_stand_in_a_file_breaks_the_reading(pieces: list[bytes], suffix: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        followed = Followed(Path(folder) / f"any{suffix}")
        for piece in pieces:
            with contextlib.suppress(NoRows):
                growth = followed.append(piece)
                json.dumps([growth.notes, [series.points for series in growth.series]], allow_nan=False)
