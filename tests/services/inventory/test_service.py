"""The inventory as a whole: real files, real watcher and reader processes."""

from __future__ import annotations

import asyncio
import os
import signal
from itertools import pairwise
from pathlib import Path

import psutil
import pytest

from chimera_tui.domain.errors import FileNotReadable, ReportsUnreadable
from chimera_tui.domain.events import FactsRead, FilesChanged, Notice, ScanFinished, WatchModeChanged
from chimera_tui.domain.inventory import InventoryState
from chimera_tui.domain.names import FileKind
from chimera_tui.services.inventory.roots import resolve_roots
from chimera_tui.services.inventory.service import InventoryService
from tests.services.inventory.support import Recorder, raw_child, running, writable_copy
from tests.support import eventually


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    (folder / "first.csv").write_text("ttft_s,tokens_s\n0.5,100\n0.7,102\n")
    return folder


@pytest.mark.shared
async def test_the_sample_corpus_has_its_hundred_and_one_files_and_their_facts(
    shared_dir: Path, tmp_path: Path
) -> None:
    writable_copy(shared_dir / "corpus", tmp_path / "corpus")
    async with running(tmp_path / "corpus" / "reports", tmp_path / "corpus" / "csv_data") as inventory:
        corpus = await inventory.service.corpus()
        totals = inventory.service.state.totals()
        counts = {kind.value: total.count for kind, total in totals.by_kind.items()}
        assert counts == {"csv": 28, "json": 44, "md": 29, "other": 3}
        assert totals.benchmark.count == len(corpus.files) == len(corpus.facts) == 101
        assert [facts.path for facts in corpus.facts] == [entry.path for entry in corpus.files]
        assert corpus.roots == ("reports", "csv_data")
        baseline = next(facts for facts in corpus.facts if facts.path == "reports/gemma3/gemma3_baseline.csv")
        tokens = next(field for field in baseline.fields if field.field == "tokens_s")
        assert (tokens.count, tokens.unit) == (5, "tok/s")
        assert tokens.mean == pytest.approx(102.2009, abs=1e-4)
        await eventually(
            lambda: inventory.sink.of(FactsRead) and inventory.sink.of(FactsRead)[-1].files_read == 101,
            "the reading to be told",
        )


async def test_the_first_scan_is_told_as_no_news_and_then_as_finished(reports: Path) -> None:
    async with running(reports) as inventory:
        first = inventory.sink.of(FilesChanged)[0]
        assert first.initial and [entry.path for entry in first.changed] == ["reports/first.csv"]
        assert [(scan.files, scan.folders) for scan in inventory.sink.of(ScanFinished)] == [(1, 1)]
        assert inventory.sink.of(WatchModeChanged) == [WatchModeChanged("inotify")]


async def test_new_changed_appended_and_deleted_files_arrive_as_deltas(reports: Path) -> None:
    async with running(reports) as inventory:
        (reports / "new.json").write_text('{"ttft_ms": 12}')
        await inventory.shows("reports/new.json")
        size = inventory.entry("reports/first.csv").size_bytes
        with (reports / "first.csv").open("a") as file:
            file.write("0.9,104\n")
        await eventually(lambda: inventory.entry("reports/first.csv").size_bytes > size, "the appended row")
        (reports / "new.json").unlink()
        await inventory.lacks("reports/new.json")
        told = {entry.path for event in inventory.sink.news for entry in event.changed}
        assert told == {"reports/new.json", "reports/first.csv"}
        await inventory.agrees_with_the_disk()


async def test_a_renamed_file_is_told_as_moved_and_keeps_its_facts(reports: Path) -> None:
    async with running(reports) as inventory:
        await inventory.service.corpus()
        (reports / "first.csv").rename(reports / "renamed.csv")
        await inventory.shows("reports/renamed.csv")
        assert inventory.sink.moves == {("reports/first.csv", "reports/renamed.csv")}
        corpus = await inventory.service.corpus()
        assert [facts.path for facts in corpus.facts] == ["reports/renamed.csv"]
        assert corpus.facts[0].numbers == 4


async def test_a_folder_moved_in_and_out_and_within_is_followed(reports: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    (outside / "deep").mkdir(parents=True)
    (outside / "a.csv").write_text("x\n1\n")
    (outside / "deep" / "b.md").write_text("# B\n")
    async with running(reports) as inventory:
        outside.rename(reports / "inside")
        await inventory.shows("reports/inside/a.csv", "reports/inside/deep/b.md")
        (reports / "inside").rename(reports / "elsewhere")
        await inventory.shows("reports/elsewhere/a.csv", "reports/elsewhere/deep/b.md")
        await inventory.lacks("reports/inside/a.csv", "reports/inside/deep/b.md")
        assert ("reports/inside/deep/b.md", "reports/elsewhere/deep/b.md") in inventory.sink.moves
        (reports / "elsewhere" / "deep" / "c.csv").write_text("x\n2\n")
        await inventory.shows("reports/elsewhere/deep/c.csv")
        (reports / "elsewhere").rename(outside)
        await inventory.lacks("reports/elsewhere/a.csv", "reports/elsewhere/deep/b.md")
        await inventory.agrees_with_the_disk()


async def test_files_written_right_after_nested_folders_are_made_are_seen(reports: Path) -> None:
    async with running(reports) as inventory:
        for number in range(40):
            folder = reports / f"campaign{number}" / "cell" / "repeat"
            folder.mkdir(parents=True)
            (folder / "result.json").write_text("{}")
        await inventory.shows(*(f"reports/campaign{number}/cell/repeat/result.json" for number in range(40)))
        (reports / "campaign7" / "cell" / "repeat" / "late.csv").write_text("x\n1\n")
        await inventory.shows("reports/campaign7/cell/repeat/late.csv")
        await inventory.agrees_with_the_disk()


async def test_a_burst_of_two_thousand_files_is_seen_whole(reports: Path) -> None:
    async with running(reports) as inventory:
        for number in range(2_000):
            (reports / f"burst_{number:04d}.csv").touch()
        await eventually(lambda: len(inventory.sink.seen.entries) == 2_001, "all files of the burst", 30)
        await inventory.agrees_with_the_disk()


async def test_odd_entries_are_shown_as_what_they_are(reports: Path) -> None:
    (reports / "broken.csv").symlink_to("nowhere.csv")
    (reports / "loop").symlink_to(".")
    (reports / "circle.csv").symlink_to("circle.csv")
    os.mkfifo(reports / "pipe.csv")
    (reports / "tab\there\x1b[2J.md").write_text("# T\n")
    raw_child(reports, b"bad\xff.csv").write_text("a_ms\n5\n")
    async with running(reports) as inventory:
        corpus = await asyncio.wait_for(inventory.service.corpus(), 20)
        problems = {path: entry.problem for path, entry in inventory.sink.seen.entries.items() if entry.problem}
        assert problems == {
            "reports/broken.csv": "broken link",
            "reports/circle.csv": "broken link",
            "reports/loop": "link to a folder, not followed",
            "reports/pipe.csv": "not a regular file",
        }
        assert [facts.numbers for facts in corpus.facts] == [1, 4, 0]
        assert corpus.files[0].path == "reports/bad\U0010ffff.csv"
        (reports / "nowhere.csv").write_text("x\n1\n")
        await eventually(lambda: not inventory.entry("reports/broken.csv").problem, "the link to be whole")


async def test_a_name_that_is_not_utf_8_does_not_end_the_watch(reports: Path) -> None:
    async with running(reports) as inventory:
        raw_child(reports, b"bad\xff.csv").write_text("a\n5\n")
        await inventory.shows("reports/bad\U0010ffff.csv")
        (reports / "after.csv").write_text("a\n5\n")
        await inventory.shows("reports/after.csv")
        folder = raw_child(reports, b"folder\xfe")
        folder.mkdir()
        (folder / "inside.csv").write_text("a\n5\n")
        await inventory.shows("reports/folder\U0010fffe/inside.csv")
        assert inventory.sink.mode == "inotify"


async def test_half_written_json_is_named_and_read_once_it_is_whole(reports: Path) -> None:
    async with running(reports) as inventory:
        (reports / "run.json").write_text('{"ttft_ms": 12,\n "tok')
        await eventually(
            lambda: any(
                problem == ("reports/run.json", "half-written JSON: line 2, column 2")
                for event in inventory.sink.of(FactsRead)
                for problem in event.problems
            ),
            "the problem to be told",
        )
        (reports / "run.json").write_text('{"ttft_ms": 12,\n "tokens_s": 99}')
        await eventually(
            lambda: ("reports/run.json", "") in inventory.sink.of(FactsRead)[-1].problems,
            "the problem to be cleared",
        )
        corpus = await inventory.service.corpus()
        run = next(facts for facts in corpus.facts if facts.path == "reports/run.json")
        assert [(field.field, field.mean, field.unit) for field in run.fields] == [
            ("ttft_ms", 12, "ms"),
            ("tokens_s", 99, "tok/s"),
        ]


async def test_how_far_the_reading_is_is_told_only_when_it_is_news(reports: Path) -> None:
    async with running(reports) as inventory:
        for number in range(8):  # more than one pause between two tellings
            (reports / f"{number}.log").write_text("no facts in it")
            await inventory.shows(f"reports/{number}.log")
        (reports / "second.csv").write_text("ttft_s\n0.5\n")
        await eventually(lambda: inventory.sink.of(FactsRead)[-1].files_read == 2, "the reading to be told")
        told = inventory.sink.of(FactsRead)
        assert [after for before, after in pairwise(told) if after == before] == []


async def test_our_own_output_is_shown_but_neither_counted_nor_read(reports: Path) -> None:
    own = reports / "chimera_runs" / "20261121T193342Z-k3v9qa"
    own.mkdir(parents=True)
    (own / "metrics.json").write_text('{"a": 1}')
    (reports / "chimera_runs_of_old.csv").write_text("a\n1\n")
    async with running(reports) as inventory:
        (own / "agent_a_report.md").write_text("# A\n")
        (own / "half.md.chimera-tmp").write_text("# A\n")
        await inventory.shows("reports/chimera_runs/20261121T193342Z-k3v9qa/agent_a_report.md")
        corpus = await inventory.service.corpus()
        assert [entry.path for entry in corpus.files] == ["reports/chimera_runs_of_old.csv", "reports/first.csv"]
        assert inventory.service.state.totals().own_output == 2
        assert not any("chimera-tmp" in path for path in inventory.sink.seen.entries)


async def test_forced_polling_says_so_and_sees_changes(reports: Path) -> None:
    async with running(reports, force_polling=True) as inventory:
        assert inventory.sink.of(WatchModeChanged) == [WatchModeChanged("polling", "asked for")]
        (reports / "deep").mkdir()
        (reports / "deep" / "new.csv").write_text("a\n1\n")
        (reports / "first.csv").rename(reports / "deep" / "moved.csv")
        await inventory.shows("reports/deep/new.csv", "reports/deep/moved.csv")
        await inventory.agrees_with_the_disk()


async def test_a_root_that_goes_and_comes_back_is_followed(reports: Path, tmp_path: Path) -> None:
    async with running(reports) as inventory:
        os.rename(reports, tmp_path / "away")  # noqa: PTH104
        await inventory.lacks("reports/first.csv")
        await eventually(lambda: inventory.sink.mode == "polling", "the loss to be told")
        assert "reports has disappeared" in inventory.sink.of(WatchModeChanged)[-1].reason
        os.mkdir(reports)  # noqa: PTH102
        (reports / "second.csv").write_text("a\n1\n")
        await inventory.shows("reports/second.csv")
        await eventually(lambda: inventory.sink.mode == "inotify", "the watch to be back")
        (reports / "third.csv").write_text("a\n1\n")
        await inventory.shows("reports/third.csv")
        await inventory.agrees_with_the_disk()


async def test_no_process_is_left_after_stop(reports: Path) -> None:
    async with running(reports) as inventory:
        children = [*_children("watcher"), *_children("reader")]
        assert len(children) == 2
        await inventory.service.stop()
    assert not [child for child in children if child.is_running()]


async def test_a_watcher_that_dies_is_restarted_once_and_its_second_death_is_told(reports: Path) -> None:
    async with running(reports) as inventory:
        _kill("watcher")
        await eventually(lambda: inventory.sink.of(Notice), "the restart to be told")
        (reports / "first.csv").unlink()
        (reports / "new.csv").write_text("a\n1\n")
        await inventory.shows("reports/new.csv")
        await inventory.lacks("reports/first.csv")
        _kill("watcher")
        await eventually(lambda: inventory.sink.mode == "off", "the end of the watch to be told")
        assert "signal 9" in inventory.sink.of(WatchModeChanged)[-1].reason
        corpus = await asyncio.wait_for(inventory.service.corpus(), 20)
        assert [entry.path for entry in corpus.files] == ["reports/new.csv"]


async def test_files_are_still_accounted_for_when_the_reader_dies_for_good(reports: Path) -> None:
    async with running(reports) as inventory:
        await inventory.service.corpus()
        _kill("reader")
        await eventually(lambda: len(inventory.sink.of(Notice)) == 1, "the restart to be told")
        await eventually(lambda: _children("reader"), "the new reader")
        (reports / "second.csv").write_text("a\n1\n")
        await inventory.shows("reports/second.csv")
        assert [facts.problem for facts in (await inventory.service.corpus()).facts] == ["", ""]
        _kill("reader")
        await eventually(lambda: len(inventory.sink.of(Notice)) == 2, "the end to be told")
        (reports / "third.csv").write_text("a\n1\n")
        await inventory.shows("reports/third.csv")
        corpus = await asyncio.wait_for(inventory.service.corpus(), 20)
        assert corpus.facts[-1].problem.startswith("not read: the file reader ended twice")


async def test_a_late_viewer_is_told_everything(reports: Path) -> None:
    (reports / "bad.json").write_text("[1, }")
    async with running(reports) as inventory:
        await inventory.service.corpus()
        late = Recorder()
        for event in inventory.service.snapshot_events():
            late.emit(event)
        assert late.seen.entries == inventory.service.state.entries
        assert all(event.initial for event in late.of(FilesChanged))
        assert late.of(ScanFinished) and late.mode == "inotify"
        assert late.of(FactsRead)[-1].problems == (("reports/bad.json", "not valid JSON: line 1, column 5"),)


async def test_a_preview_is_text_and_says_when_it_is_cut(reports: Path) -> None:
    (reports / "long.md").write_bytes("é".encode() * 10)
    (reports / "gone.csv").symlink_to("nowhere")
    async with running(reports) as inventory:
        whole = await inventory.service.preview("reports/first.csv")
        assert (whole.kind, whole.truncated) == (FileKind.CSV, False)
        assert whole.text.startswith("ttft_s,tokens_s")
        cut = await inventory.service.preview("reports/long.md", limit_bytes=5)
        assert (cut.text, cut.truncated, cut.size_bytes) == ("éé", True, 20)
        for path in ("reports/gone.csv", "reports/../secret", "reports/none.csv"):
            with pytest.raises(FileNotReadable) as refused:
                await inventory.service.preview(path)
            assert refused.value.info.next


async def test_the_corpus_of_an_inventory_that_never_scanned_is_an_error_not_a_wait(reports: Path) -> None:
    service = InventoryService(resolve_roots([reports]), Recorder())
    await service.start()
    await service.stop()
    with pytest.raises(ReportsUnreadable):
        await asyncio.wait_for(service.corpus(), 5)
    assert service.state == InventoryState()


def _children(module: str) -> list[psutil.Process]:
    name = f"chimera_tui.services.inventory.{module}"
    living = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in living if name in child.cmdline()]


def _kill(module: str) -> None:
    for child in _children(module):
        child.send_signal(signal.SIGKILL)
