"""Files of others as they grow, shrink, break and come back."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from chimera_tui.domain.rows import Growth, RowsKind, rows_kind
from tests.services.inventory.growing import Followed

LONG = "x" * 100
"""A cell that makes files of some megabytes of few rows."""


@pytest.fixture
def csv(tmp_path: Path) -> Followed:
    return Followed(tmp_path / "sweep.csv")


@pytest.fixture
def lines(tmp_path: Path) -> Followed:
    return Followed(tmp_path / "requests.jsonl")


@pytest.fixture
def document(tmp_path: Path) -> Followed:
    return Followed(tmp_path / "results.json")


def touched(path: Path, seconds_ago: float) -> None:
    at = time.time() - seconds_ago
    os.utime(path, (at, at))


# ---- growing ---------------------------------------------------------------------------------------------


def test_rows_are_told_as_they_come_and_a_torn_one_when_it_is_whole(csv: Followed) -> None:
    assert csv.write("model,tokens_per_s\ngemma3,41.5\n").rows == 1
    held = csv.append("gemma3,4")
    assert held.rows == 1 and "held back" in held.notes[0]
    assert csv.append("2.5\ngemma3,43.5\n").rows == 3
    assert csv.values("tokens_per_s") == [41.5, 42.5, 43.5]
    assert csv.tell().notes == ()


def test_only_what_is_new_is_read(csv: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    csv.write("n,ms,note\n" + "".join(f"{n},{n % 97}.5,{LONG}\n" for n in range(30_000)))
    read = []
    pread = os.pread

    def counted(descriptor: int, size: int, at: int) -> bytes:
        part = pread(descriptor, size, at)
        read.append(len(part))
        return part

    monkeypatch.setattr(os, "pread", counted)
    assert csv.append("30000,12.5,short\n").rows == 30_001
    assert sum(read) < 20_000 < csv.path.stat().st_size


def test_a_file_that_did_not_change_is_not_opened_further(csv: Followed, monkeypatch: pytest.MonkeyPatch) -> None:
    csv.write("n\n1\n2\n")
    monkeypatch.setattr(os, "pread", None)
    assert csv.look().rows == 2


def test_rows_that_come_have_the_time_of_the_file(csv: Followed) -> None:
    csv.write("n,load_ms\n1,5\n")
    for row in ("2,6\n", "3,7\n"):
        csv.append(row)
    growth = csv.follower.tell((), 100, "appeared", 0)
    (series,) = growth.series
    assert [value for _, value in series.points] == [6.0, 7.0]
    assert series.points[-1][0] == csv.path.stat().st_mtime_ns == growth.grown_ns
    assert growth.axes == ("appeared", "row")


def test_a_last_line_without_its_end_is_whole_once_the_file_stands_still(csv: Followed) -> None:
    csv.path.write_text("n,ms\n1,5\n2,6")
    touched(csv.path, 7_200)
    assert csv.look().rows == 2
    assert csv.append("\n3,7\n").rows == 3 and csv.values("ms") == [5.0, 6.0, 7.0]


def test_a_line_that_goes_on_after_all_is_read_anew(csv: Followed) -> None:
    csv.path.write_text("n,ms\n1,5\n2,6")
    touched(csv.path, 7_200)
    csv.look()
    growth = csv.append("7\n")
    assert csv.values("ms") == [5.0, 67.0] and "started over: its last line went on" in growth.notes


def test_an_object_that_is_closed_needs_no_end_of_its_line(lines: Followed) -> None:
    assert lines.write('{"ms": 1}\n{"ms": 2').rows == 1
    assert lines.append("5}").rows == 2
    assert lines.append('\n{"ms": 3}\n').rows == 3
    assert lines.values("ms") == [1.0, 25.0, 3.0]


@effort(max_examples=40)
@given(
    rows=st.lists(st.tuples(st.integers(0, 999), st.text("ab ,\"\n#'é", max_size=6)), min_size=1, max_size=12),
    cuts=st.lists(st.integers(0, 400), max_size=6),
    kind=st.sampled_from(["csv", "jsonl", "json"]),
)
def test_however_the_writing_is_torn_the_rows_are_the_same(
    rows: list[tuple[int, str]], cuts: list[int], kind: RowsKind
) -> None:
    data = written(rows, kind)
    with tempfile.TemporaryDirectory() as folder:
        followed = Followed(Path(folder) / f"torn.{kind}")
        begin = 0
        for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
            followed.append(data[begin:cut])
            begin = cut
        assert followed.values("ms") == [float(ms) for ms, _ in rows]
        assert not any("started over" in note for note in followed.tell().notes)


def written(rows: list[tuple[int, str]], kind: RowsKind) -> bytes:
    match kind:
        case "csv":
            cells = [f'{ms},"{text.replace(chr(34), chr(34) * 2)}"\n' for ms, text in rows]
            return "".join(["ms,text\n", *cells]).encode()
        case "jsonl":
            return "".join(json.dumps({"ms": ms, "text": text}) + "\n" for ms, text in rows).encode()
    return json.dumps([{"ms": ms, "text": text} for ms, text in rows]).encode()


# ---- starting over ---------------------------------------------------------------------------------------


def test_a_file_that_is_cut_short_starts_over(csv: Followed) -> None:
    csv.write("n,ms\n1,5\n2,6\n")
    growth = csv.write("n,s\n1,9\n")
    assert growth.rows == 1 and csv.values("s") == [9.0]
    assert "started over: it was cut short" in growth.notes


def test_a_file_that_is_written_anew_and_longer_starts_over(csv: Followed) -> None:
    csv.write("n,ms\n1,5\n2,6\n")
    growth = csv.write("n,ms\n1,7\n2,8\n3,9\n")
    assert csv.values("ms") == [7.0, 8.0, 9.0] and "started over: it was written anew" in growth.notes
    csv.write("n,ms\n1,8\n2,8\n3,9\n")
    assert "started over: it was written anew, 2 times so far" in csv.tell().notes


def test_another_file_under_the_name_starts_over_unless_it_goes_on(csv: Followed, tmp_path: Path) -> None:
    csv.write("n,ms\n1,5\n2,6\n")
    other = tmp_path / "new"
    other.write_text("n,ms\n1,5\n2,6\n3,7\n")
    other.rename(csv.path)
    assert csv.look().rows == 3 and csv.tell().notes == ()
    other.write_text("n,ms\n1,50\n2,60\n3,70\n4,80\n")
    other.rename(csv.path)
    assert "started over: another file took its place" in csv.look().notes
    assert csv.values("ms") == [50.0, 60.0, 70.0, 80.0]


def test_a_large_file_that_is_written_anew_is_seen_by_its_beginning_or_its_end(csv: Followed) -> None:
    rows = "".join(f"{n},5,{LONG}\n" for n in range(20_000))
    csv.write("n,ms,note\n" + rows)
    csv.write("n,ms,note\n7" + rows[1:] + "20000,6,short\n")
    assert csv.tell().rows == 20_001 and "started over: it was written anew" in csv.tell().notes


def test_a_deleted_file_may_come_back(csv: Followed) -> None:
    csv.write("n,ms\n1,5\n2,6\n")
    csv.path.unlink()
    with pytest.raises(FileNotFoundError):
        csv.look()
    assert csv.tell().rows == 2
    assert csv.write("n,ms\n1,8\n").rows == 1


# ---- JSON documents --------------------------------------------------------------------------------------


def test_an_array_tells_its_complete_elements_while_it_is_written(document: Followed) -> None:
    assert document.write('[\n{"ms": 1},\n{"ms": 2}').rows == 2
    growth = document.append(',\n{"ms": 3},\n{"m')
    assert growth.rows == 3 and "not closed yet" in growth.notes[0]
    assert document.append('s": 4}]').rows == 4
    assert document.values("ms") == [1.0, 2.0, 3.0, 4.0] and document.tell().notes == ()


def test_a_document_that_is_written_again_with_more_rows_only_grows(document: Followed) -> None:
    document.write('{"runs": [{"ms": 1}, {"ms": 2}]}')
    document.write('{"runs": [{"ms": 1}, {"ms": 2}, {"ms": 3}]}')
    growth = document.follower.tell((), 100, "row", 0)
    assert growth.rows == 3 and growth.notes == ("rows are the elements of runs[]",)
    document.write('{"runs": [{"ms": 1}')
    assert document.tell().rows == 3
    document.write("")
    assert document.tell().rows == 3 and "it is empty now" in document.tell().notes
    document.write('{"runs": [{"ms": 9}]}')
    assert document.values("ms") == [9.0] and "started over: it was written anew" in document.tell().notes


def test_an_array_that_is_being_rewritten_keeps_its_rows(document: Followed) -> None:
    document.write('[{"ms": 1}, {"ms": 2}, {"ms": 3}]')
    assert document.write('[{"ms": 1}, {"m').rows == 3
    assert document.write('[{"ms": 1}, {"ms": 2}, {"ms": 3}, {"ms": 4}]').rows == 4
    assert not any("started over" in note for note in document.tell().notes)


def test_one_object_tells_a_row_each_time_it_is_written(document: Followed) -> None:
    document.write('{"progress": {"done": 1}}')
    document.write('{"progress": {"done": 20}}')
    growth = document.write('{"progress": {"done": 300}}')
    assert document.values("progress.done") == [1.0, 20.0, 300.0]
    assert "each time the file is written is a row" in growth.notes
    assert growth.axes[0] == "appeared"


def test_json_lines_in_a_json_file_are_read_as_lines(document: Followed) -> None:
    assert document.write('{"ms": 1}\n{"ms": 2}\n').kind == "jsonl"
    assert document.append('{"ms": 3}\n').rows == 3


def test_a_long_file_is_taken_in_pieces_and_told_as_far_as_it_was_read(csv: Followed) -> None:
    csv.path.write_text("n,load_ms,note\n" + "".join(f"{n},{n % 97}.5,{LONG}\n" for n in range(30_000)))
    told: list[Growth] = []
    while not told or told[-1].is_behind:
        csv.follower.look(str(csv.path), at_most_s=0)
        told.append(csv.tell())
    assert len(told) > 2 and "1 of 3 MiB are read so far" in told[0].notes
    assert [growth.rows for growth in told] == sorted(growth.rows for growth in told)
    assert told[-1].rows == 30_000 and told[-1].axes == ("row",)
    assert csv.append("1,2,short\n").rows == 30_001 and csv.tell().notes[0].startswith("of the older rows")


def test_a_file_that_is_replaced_while_it_is_taken_in_pieces_starts_over(csv: Followed, tmp_path: Path) -> None:
    csv.path.write_text("n,load_ms,note\n" + f"1,2,{LONG}\n" * 20_000)
    csv.follower.look(str(csv.path), at_most_s=0)
    other = tmp_path / "new"
    other.write_text("n,load_ms,note\n" + f"3,4,{LONG}\n" * 25_000)
    other.rename(csv.path)
    growth = csv.look()
    assert growth.rows == 25_000 and "started over: another file took its place" in growth.notes


@pytest.mark.shared
def test_files_of_real_tools_tell_the_same_rows_however_they_are_written(shared_dir: Path, tmp_path: Path) -> None:
    files = [
        path for path in sorted((shared_dir / "formats").rglob("*")) if rows_kind(path.name) and path.is_file()
    ]
    assert len(files) > 50
    for number, path in enumerate(files):
        data = path.read_bytes()
        whole = Followed(tmp_path / f"whole{number}{path.suffix}").write(data)
        torn = Followed(tmp_path / f"torn{number}{path.suffix}")
        for at in range(0, len(data), len(data) // 3 + 1):
            growth = torn.append(data[at : at + len(data) // 3 + 1])
        assert (growth.rows, growth.columns, growth.series) == (whole.rows, whole.columns, whole.series), path.name
        assert not any("started over" in note for note in growth.notes), path.name


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "column", "values"),
    [
        ("ollama-bench/tiny-stdout.csv", "NS_PER_COUNT", 10),
        ("llama-bench/truncated-second-model-missing.json", "avg_ts", 1),
        ("llama-bench/out.jsonl", "avg_ts", 6),
        ("aiperf/chat/profile_export.jsonl", "metrics.time_to_first_token.value", 7),
    ],
)
def test_what_other_tools_write_is_found(shared_dir: Path, name: str, column: str, values: int) -> None:
    path = shared_dir / "formats" / name
    followed = Followed(path)
    growth = followed.look()
    assert growth.rows >= values and len(followed.values(column)) == values
