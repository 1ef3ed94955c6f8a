"""The checking process from without: the real one, over real files."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from chimera_tui.domain.events import Event, Notice
from chimera_tui.domain.grounding import CheckedNumber, FactPlace
from chimera_tui.domain.verdicts import Verdict
from chimera_tui.engine.ports import Corpus
from chimera_tui.services.grounding.checker import PROCESS, CheckingProcess
from chimera_tui.services.grounding.frames import number_frame, number_of
from chimera_tui.services.inventory.once import scan_once
from chimera_tui.services.inventory.roots import resolve_roots
from tests.support import eventually

REPORT = "# Report\nThere are 2 CSV files.\nThere are 7 JSON files, and 1 JSON file.\n"


class Sink:
    def __init__(self) -> None:
        self.notices: list[str] = []

    def emit(self, event: Event) -> None:
        if isinstance(event, Notice):
            self.notices.append(event.text)


class Told:
    """What a check told while it went on."""

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.numbers: list[CheckedNumber] = []

    def __call__(self, lines: int, numbers: tuple[CheckedNumber, ...]) -> None:
        self.lines.append(lines)
        self.numbers += numbers


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name in ("a.csv", "b.csv"):
        (folder / name).write_text("model,ttft_s\nx,0.5\n")
    (folder / "c.json").write_text('{"load_s": 3.25}')
    return folder


def _corpus(folder: Path) -> Corpus:
    roots = resolve_roots([folder])
    return Corpus(roots.labels, tuple(scan_once(roots, read=False)[0].benchmark_files()), ())


@asynccontextmanager
async def checking(folder: Path) -> AsyncIterator[tuple[CheckingProcess, Sink]]:
    sink = Sink()
    checker = CheckingProcess(resolve_roots([folder]), sink)
    try:
        yield checker, sink
    finally:
        await asyncio.wait_for(checker.stop(), 20)
        assert _processes() == []


def _processes() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if PROCESS in _words(child)]


def _words(child: psutil.Process) -> list[str]:
    try:
        return child.cmdline()
    except psutil.Error:  # it has just ended
        return []


async def test_a_text_is_checked_while_it_is_written_and_what_was_told_is_what_comes_of_it(reports: Path) -> None:
    async with checking(reports) as (checker, sink):
        assert _processes() == []
        await checker.prepare(_corpus(reports))
        assert [child.nice() for child in _processes()] == [19]
        told = Told()
        text = checker.check(_corpus(reports), "2026-11-22", told)
        for start in range(0, len(REPORT), 7):
            text.add(REPORT[start : start + 7])
        await eventually(lambda: told.lines and told.lines[-1] == 3, "all lines to be checked before the end")
        text.add("There are 3 files in all")
        result = await asyncio.wait_for(text.finish(), 20)
        assert [(number.line, number.text, number.verdict.value) for number in result.numbers] == [
            (2, "2", "supported"),
            (3, "7", "contradicted"),
            (3, "1", "supported"),
            (4, "3", "supported"),
        ]
        assert (tuple(told.numbers), told.lines[-1]) == (result.numbers, result.lines)
        assert (result.lines, result.files, result.problem) == (4, 3, "")
        assert sink.notices == []


async def test_a_check_survives_one_death_and_says_so_after_the_second(reports: Path) -> None:
    async with checking(reports) as (checker, sink):
        corpus = _corpus(reports)
        await checker.prepare(corpus)
        told = Told()
        text = checker.check(corpus, "", told)
        text.add(REPORT)
        await eventually(lambda: told.lines, "the first lines to be checked")
        _kill()
        await eventually(lambda: sink.notices and _processes(), "the process to be started again")
        result = await asyncio.wait_for(text.finish(), 20)
        assert (len(told.numbers), told.lines, result.problem) == (3, [3], "")
        assert tuple(told.numbers) == result.numbers
        late = asyncio.create_task(checker.check(corpus, "", Told()).finish())
        _kill()
        ended = "not checked: the process that checks reports ended twice (signal 9)"
        assert (await asyncio.wait_for(late, 20)).problem == ended
        assert (await checker.check(corpus, "", Told()).finish()).problem == ended
        assert len(sink.notices) == 2


async def test_nothing_is_checked_before_files_were_named_or_by_a_check_that_nobody_waits_for(
    reports: Path,
) -> None:
    async with checking(reports) as (checker, _):
        early = await checker.check(_corpus(reports), "", Told()).finish()
        assert early.problem == "not checked: no files were read"
        (reports / "chimera.md").write_text("- runs: 4\n")
        await checker.prepare(_corpus(reports))
        left = asyncio.create_task(checker.check(_corpus(reports), "", Told()).finish())
        await asyncio.sleep(0)
        left.cancel()
        after = await asyncio.wait_for(checker.check(_corpus(reports), "", Told()).finish(), 20)
        assert (left.cancelled(), after.files, after.problem) == (True, 4, "")


def test_a_checked_number_travels_whole() -> None:
    place = FactPlace("reports/a.csv", "ttft_s", 3, "mean")
    number = CheckedNumber(4, 2, 5, "0.5", Verdict.CONTRADICTED, "ttft", "0.7 s", place, "another value")
    assert number_of(number_frame(number)) == number


def _kill() -> None:
    for child in _processes():
        child.send_signal(signal.SIGKILL)
