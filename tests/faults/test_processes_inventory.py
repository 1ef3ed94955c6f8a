"""The processes that watch and read files, when they stand still."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import psutil

from chimera_tui.domain.events import Notice
from tests.faults.table import cell
from tests.services.inventory.support import running
from tests.support import eventually


def child(module: str) -> psutil.Process:
    name = f"chimera_tui.services.inventory.{module}"
    (found,) = [each for each in psutil.Process().children() if name in each.cmdline()]
    return found


@cell(
    "file reader SIGSTOP", "a file is to be read", "it is replaced, the file is left out and named, a run starts"
)
async def test_a_reader_that_stands_still_does_not_keep_a_run_from_starting(tmp_path: Path) -> None:
    (tmp_path / "first.csv").write_text("a\n1\n")
    async with running(tmp_path, stands_still_s=2.0) as inventory:
        await inventory.service.corpus()
        reader = child("reader")
        reader.suspend()
        (tmp_path / "second.csv").write_text("a\n2\n")
        await inventory.shows(f"{tmp_path.name}/second.csv")
        corpus = await asyncio.wait_for(inventory.service.corpus(), 20)
        assert [(facts.numbers, facts.problem) for facts in corpus.facts] == [
            (1, ""),
            (0, "not read: the reader broke over it"),
        ]
        assert not reader.is_running()
        assert ["was started again" in notice.text for notice in inventory.sink.of(Notice)] == [True]
        (tmp_path / "second.csv").write_text("a\n2\n3\n")
        await eventually(
            lambda: inventory.service.state.entries[f"{tmp_path.name}/second.csv"].size_bytes == 6, "the change"
        )
        assert [facts.problem for facts in (await inventory.service.corpus()).facts] == ["", ""]


@cell("file watcher SIGSTOP", "files change", "once it goes on, every change is seen")
async def test_a_watcher_that_stood_still_sees_all_that_changed_meanwhile(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number}.csv").write_text("a\n1\n")
    async with running(tmp_path) as inventory:
        watcher = child("watcher")
        watcher.suspend()
        for number in range(100):
            (tmp_path / f"{number}.csv").unlink()
            (tmp_path / f"new-{number}.csv").write_text("a\n2\n")
        os.kill(watcher.pid, signal.SIGCONT)
        await inventory.agrees_with_the_disk()
