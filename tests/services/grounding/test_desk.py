"""The checking process from within: pieces become lines, files are read once, somebody who waits comes first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chimera_tui.domain.file_numbers import FileNumbers
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.services.grounding.desk import CheckDesk
from chimera_tui.services.grounding.frames import entry_frame, number_of
from chimera_tui.services.grounding.lines import LONGEST_LINE, LineCutter
from chimera_tui.services.grounding.pace import SHARE, Pace
from chimera_tui.services.grounding.process import work
from chimera_tui.services.inventory.numbers import read_numbers
from chimera_tui.services.inventory.once import scan_once
from chimera_tui.services.inventory.roots import Roots, resolve_roots
from chimera_tui.services.pipes import Frame, FrameInbox, pack

CORPUS = {"a.csv": "model,ttft_s\nx,0.5\n", "b.csv": "model,tokens_s\nx,80.25\n", "c.json": '{"load_s": 3.25}'}


class Bench:
    """A desk over small files, with what it read and what it answered."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.roots = resolve_roots([folder])
        self.read: list[str] = []
        self.answers: list[Frame] = []
        self.desk = CheckDesk(self.roots, self.answers.append, read=self._read, **options)

    def _read(self, entry: FileEntry, raw_path: str, roots: Roots) -> FileNumbers:
        self.read.append(entry.name)
        return read_numbers(entry, raw_path, roots)

    def corpus(self, number: int, *names: str, removed: tuple[str, ...] = ()) -> None:
        """Tell the desk these files as they are now."""
        entries = [
            entry for entry in scan_once(self.roots, read=False)[0].benchmark_files() if entry.name in names
        ]
        frames = [entry_frame(entry, self.roots.absolute(entry.path)) for entry in entries]
        self.desk.take(("corpus", number, frames, [f"{self.folder.name}/{name}" for name in removed], True))

    def ask(self, text: int, written: str, *, whole: bool = True) -> None:
        self.desk.take(("open", text, "2026-11-22"))
        self.desk.take(("text", text, written))
        if whole:
            self.desk.take(("finish", text))

    def exhaust(self) -> list[Frame]:
        """Step until nothing is left to do; the answers since."""
        while self.desk.busy:
            self.desk.step()
        self.desk.flush()
        answers = self.answers[:]
        self.answers.clear()
        return answers


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return _bench(tmp_path)


def _bench(folder: Path, **options: Any) -> Bench:
    for name, text in CORPUS.items():
        (folder / name).write_text(text)
    return Bench(folder, **options)


def test_a_text_is_checked_against_the_files_line_by_line(bench: Bench) -> None:
    bench.corpus(1, *CORPUS)
    bench.ask(7, "There are 2 CSV files.\n\nThere are 7 JSON files.")
    ready, checked, finished = bench.exhaust()
    assert (ready, finished) == (("ready", 1), ("finished", 7, 3, ""))
    assert checked[:3] == ("checked", 7, 3)
    assert [(number.line, number.text, number.verdict) for number in map(number_of, checked[3])] == [
        (1, "2", Verdict.SUPPORTED),
        (3, "7", Verdict.CONTRADICTED),
    ]


def test_a_changed_file_costs_only_itself(bench: Bench) -> None:
    bench.corpus(1, *CORPUS)
    bench.exhaust()
    assert bench.read == ["a.csv", "b.csv", "c.json"]
    (bench.folder / "b.csv").write_text("model,tokens_s\nx,90.75\n")
    bench.corpus(2, "b.csv", removed=("c.json",))
    bench.ask(1, "There are 0 JSON files.\n")
    answers = bench.exhaust()
    assert bench.read[3:] == ["b.csv"]
    assert (answers[0], answers[-1]) == (("ready", 2), ("finished", 1, 2, ""))
    assert number_of(answers[1][3][0]).verdict is Verdict.SUPPORTED


def test_a_text_that_began_keeps_the_files_it_began_with(bench: Bench) -> None:
    bench.corpus(1, *CORPUS)
    bench.ask(1, "There are 2 CSV files.\n", whole=False)
    bench.exhaust()
    bench.corpus(2, removed=("a.csv",))
    bench.desk.take(("text", 1, "There are 2 CSV files.\n"))
    bench.desk.take(("finish", 1))
    _, checked, finished = bench.exhaust()
    assert (number_of(checked[3][0]).verdict, finished[2]) == (Verdict.SUPPORTED, 3)


def test_the_text_that_somebody_waits_for_comes_first(bench: Bench) -> None:
    bench.corpus(1, *CORPUS)
    bench.ask(1, "There are 2 CSV files.\n" * 5, whole=False)
    bench.ask(2, "There are 2 CSV files.\n")
    assert bench.desk.measured
    assert [answer[:2] for answer in bench.exhaust()] == [
        ("ready", 1),
        ("checked", 2),
        ("finished", 2),
        ("checked", 1),
    ]
    bench.desk.take(("drop", 1))
    assert not bench.desk.measured


def test_what_was_not_checked_is_said(tmp_path: Path) -> None:
    bench = _bench(tmp_path, most_numbers=1)
    bench.corpus(1, *CORPUS)
    bench.ask(1, f"{'word ' * 5_000}7 files\n")
    assert bench.exhaust()[-1][3] == (
        "more than 1 numbers in the files: 2 files left out; "
        "a line was longer than 20,000 characters and checked up to there"
    )
    alone = _bench(tmp_path)
    alone.ask(1, "There are 2 CSV files.\n")
    assert alone.exhaust() == [("finished", 1, 0, "not checked: no file was read")]


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_lines_are_the_same_however_a_text_comes(size: int) -> None:
    text = "one\r\n\n  three ✓\nlast"
    cutter = LineCutter()
    lines = [line for start in range(0, len(text), size) for line in cutter.add(text[start : start + size])]
    assert lines + cutter.finish() == ["one", "", "  three ✓", "last"]
    assert (cutter.finish(), cutter.cut) == ([], 0)


def test_no_half_number_is_left_where_a_long_line_is_cut() -> None:
    cutter = LineCutter()
    for _ in range(LONGEST_LINE // 10 + 5):
        cutter.add("123456789 ")
    cutter.add("9" * 10)
    (line,) = cutter.add("\n")
    assert cutter.cut == 1
    assert set(line.split()) == {"123456789"}
    assert LONGEST_LINE - 100 < len(line) <= LONGEST_LINE


def test_work_is_paid_with_rest_and_no_more_than_a_burst_is_saved() -> None:
    now, worked = [0.0], [0.0]
    pace = Pace(lambda: now[0], lambda: worked[0])
    now[0] = 1_000.0
    assert pace.rest_s() == 0
    worked[0] += 0.52
    assert pace.rest_s() == pytest.approx(0.5 / SHARE)
    now[0] += 0.5 / SHARE + 0.001
    assert pace.rest_s() == 0


class _Watched(FrameInbox):
    """Notes how long the process would rest, and ends its input with the last of some frames."""

    def __init__(self, frames: Iterator[list[Frame] | None]) -> None:
        self.waits: list[float | None] = []
        self._script = frames

    def take(self, timeout_s: float | None = 0.0) -> list[Frame] | None:
        self.waits.append(timeout_s)
        return next(self._script)


def test_the_process_rests_while_a_text_is_written_and_hurries_when_it_is_whole(bench: Bench) -> None:
    worked = [0.0]

    def expensive(entry: FileEntry, raw_path: str, roots: Roots) -> FileNumbers:
        worked[0] += 1.0
        return read_numbers(entry, raw_path, roots)

    bench.desk = CheckDesk(bench.roots, bench.answers.append, read=expensive)
    bench.corpus(1, "a.csv")
    bench.ask(1, "There are 2 CSV files.\n" * 3, whole=False)
    inbox = _Watched(iter([[], [], [("finish", 1)], *([[]] * 9), None]))
    work(bench.desk, inbox, Pace(lambda: 0.0, lambda: worked[0]))
    first, resting, *hurrying = inbox.waits
    assert (first, resting) == (0.0, pytest.approx(0.98 / SHARE))
    assert [wait for wait in hurrying[1:] if wait] == []
    assert bench.answers[-1] == ("finished", 1, 1, "")


def test_frames_come_whole_however_the_pipe_cuts_them() -> None:
    read, write = os.pipe()
    inbox = FrameInbox(read)
    data = pack(("open", 1, "x" * 200_000)) + pack(("finish", 1))
    os.set_blocking(write, False)
    frames: list[Frame] = []
    sent = 0
    while sent < len(data):
        sent += os.write(write, data[sent : sent + 30_001])
        frames += inbox.take() or []
    os.close(write)
    assert [frame[0] for frame in frames] == ["open", "finish"]
    assert inbox.take() is None
    os.close(read)
