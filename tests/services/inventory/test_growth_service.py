"""Files that are followed by a process of its own, for as long as somebody looks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from chimera_tui.domain.errors import BadUse, FileNotReadable
from chimera_tui.domain.events import FilesChanged, WatchModeChanged
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.rows import Growth
from chimera_tui.domain.wire import adapter
from chimera_tui.services.inventory.growth import GrowthService, Overheard
from chimera_tui.services.inventory.roots import resolve_roots
from tests.services.inventory.support import Recorder, raw_child
from tests.support import eventually


class Grown:
    """A service over a folder whose listing is what is asked for."""

    def __init__(self, folder: Path, looked_at_s: float) -> None:
        self.folder = folder
        self.roots = resolve_roots([folder])
        self.listed: dict[str, FileEntry] = {}
        self.service = GrowthService(self.roots, self.listed.get, looked_at_s=looked_at_s)

    def list(self, name: str, **also: Any) -> str:
        path = f"{self.folder.name}/{name}"
        self.listed[path] = FileEntry(path, FileKind.CSV, 0, 0, **also)
        return path

    def append(self, name: str, text: str) -> None:
        with (self.folder / name).open("a") as file:
            file.write(text)

    async def ask(self, path: str, *columns: str) -> Growth:
        return adapter(Growth).validate_json(await self.service.ask(path, columns))


@asynccontextmanager
async def grown(tmp_path: Path, looked_at_s: float = 60.0) -> AsyncIterator[Grown]:
    folder = tmp_path / "reports"
    folder.mkdir()
    made = Grown(folder, looked_at_s)
    try:
        yield made
    finally:
        await asyncio.wait_for(made.service.stop(), 20)
        assert made.service.pid is None


async def test_what_was_appended_is_told_at_the_next_question(tmp_path: Path) -> None:
    async with grown(tmp_path) as it:
        path = it.list("a.csv")
        it.append("a.csv", "ttft_ms,rate\n12,41\n")
        growth = await it.ask(path)
        assert growth.rows == 1 and growth.path == path
        assert [(column.name, column.unit) for column in growth.columns] == [("ttft_ms", "ms"), ("rate", "")]
        assert [series.name for series in growth.series] == ["ttft_ms"]
        it.append("a.csv", "13,42\n14")
        growth = await it.ask(path, "rate", "ttft_ms")
        assert [series.last for series in growth.series] == [42.0, 13.0] and growth.rows == 2


async def test_changes_of_files_that_are_followed_are_seen_when_they_are_told(tmp_path: Path) -> None:
    async with grown(tmp_path) as it:
        path = it.list("a.csv")
        it.append("a.csv", "ms\n1\n")
        await it.ask(path)
        sink = Recorder()
        heard = Overheard(sink, it.service.heard)
        for row in (2, 3):
            it.append("a.csv", f"{row}\n")
            heard.emit(FilesChanged((it.listed[path],)))
            await eventually(lambda: it.service._looking is None, "the look at the change")
        assert len(sink.of(FilesChanged)) == 2
        growth = await it.ask(path)
        assert growth.axis == "appeared" and len(growth.series[0].points) == 2
        heard.emit(WatchModeChanged("polling", "no inotify"))
        assert (await it.ask(path)).resolution_ns > growth.resolution_ns


async def test_files_nobody_asked_for_start_nothing(tmp_path: Path) -> None:
    async with grown(tmp_path) as it:
        it.service.heard(FilesChanged((FileEntry("reports/a.csv", FileKind.CSV, 1, 1),)))
        assert it.service.pid is None and it.service.followed == ()


async def test_the_process_ends_when_nobody_looks_any_more(tmp_path: Path) -> None:
    async with grown(tmp_path, looked_at_s=0.2) as it:
        path = it.list("a.csv")
        it.append("a.csv", "ms\n1\n")
        await it.ask(path)
        pid = it.service.pid
        assert pid is not None
        await eventually(lambda: not psutil.pid_exists(pid), "the end of the process")
        assert it.service.followed == () and it.service.pid is None
        assert (await it.ask(path)).rows == 1


async def test_a_process_that_dies_costs_one_answer(tmp_path: Path) -> None:
    async with grown(tmp_path) as it:
        path = it.list("a.csv")
        it.append("a.csv", "ms\n1\n")
        await it.ask(path)
        assert it.service.pid is not None
        os.kill(it.service.pid, signal.SIGKILL)
        with pytest.raises(FileNotReadable, match="ended over it"):
            await it.ask(path)
        assert (await it.ask(path)).rows == 1


async def test_what_can_not_be_told_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with grown(tmp_path) as it:
        it.append("a.csv", "ttft_ms\n1\n")
        it.append("binary.csv", "a\0b\n")
        with pytest.raises(FileNotReadable, match="not in the inventory"):
            await it.ask("reports/absent.csv")
        with pytest.raises(BadUse, match="no rows to plot"):
            await it.ask(it.list("notes.md"))
        with pytest.raises(FileNotReadable, match="broken link"):
            await it.ask(it.list("link.csv", problem="broken link"))
        with pytest.raises(FileNotReadable, match="vanished"):
            await it.ask(it.list("gone.csv"))
        with pytest.raises(FileNotReadable, match="binary content"):
            await it.ask(it.list("binary.csv"))
        with pytest.raises(BadUse, match=r"no column of numbers 'tps'.*It has ttft_ms"):
            await it.ask(it.list("a.csv"), "tps")


async def test_links_are_followed_inside_the_reports_only(tmp_path: Path) -> None:
    async with grown(tmp_path) as it:
        it.append("real.csv", "ms\n1\n")
        (it.folder / "inside.csv").symlink_to("real.csv")
        (tmp_path / "secret.csv").write_text("ms\n1\n")
        (it.folder / "outside.csv").symlink_to(tmp_path / "secret.csv")
        assert (await it.ask(it.list("inside.csv", is_link=True))).rows == 1
        with pytest.raises(FileNotReadable, match="leads out"):
            await it.ask(it.list("outside.csv", is_link=True))


async def test_odd_names_travel_unharmed(tmp_path: Path) -> None:
    async with grown(tmp_path) as it:
        raw_child(it.folder, b"bad\xff.jsonl").write_text('{"half \\ud800": 1}\n')
        growth = await it.ask(it.list("bad\U0010ffff.jsonl"))
        assert growth.columns[0].name == "half ?"
        json.dumps(growth.path)
