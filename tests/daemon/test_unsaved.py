"""Reports that no disk took outlive the daemon."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from chimera_tui.daemon.unsaved import UnsavedReports
from chimera_tui.domain.errors import SaveFailed
from chimera_tui.domain.events import Notice
from chimera_tui.domain.runs import RunSummary
from chimera_tui.engine.ports import AgentText, Saved
from tests.formats.records import summary
from tests.support import eventually

TEXTS = (AgentText("An analysis.", "A report ü 🙂.", "You collect.", "Total files: 2"),)


class Shelf:
    def __init__(self) -> None:
        self.is_full = True
        self.saved: list[tuple[RunSummary, tuple[AgentText, ...]]] = []

    def save(self, about: RunSummary, texts: Sequence[AgentText]) -> Saved:
        if self.is_full:
            raise SaveFailed("the disk is full")
        self.saved.append((about, tuple(texts)))
        return Saved("/reports/x", ())


def refused(reports: UnsavedReports) -> None:
    try:
        reports.save(summary(), TEXTS)
    except SaveFailed:
        return
    raise AssertionError("the disk took it")


async def test_what_no_disk_took_is_saved_by_the_next_daemon(tmp_path: Path) -> None:
    file, shelf, told = tmp_path / "key.reports", Shelf(), list[Notice]()
    first = UnsavedReports(shelf, told.append, file)
    refused(first)
    await first.end()
    assert file.stat().st_mode & 0o777 == 0o600
    second = UnsavedReports(shelf, told.append, file)
    trying = asyncio.create_task(second.keep_trying())
    await eventually(lambda: second.told, "what was left")
    shelf.is_full = False
    await eventually(lambda: not second.told, "the disk to take it")
    trying.cancel()
    assert shelf.saved == [(summary(), TEXTS)]
    assert not file.exists()
    assert "are saved now" in told[-1].text


async def test_what_is_saved_at_the_end_leaves_nothing(tmp_path: Path) -> None:
    file, shelf = tmp_path / "key.reports", Shelf()
    reports = UnsavedReports(shelf, lambda notice: None, file)
    refused(reports)
    shelf.is_full = False
    await reports.end()
    assert len(shelf.saved) == 1 and not file.exists()


async def test_a_file_that_can_not_be_read_is_set_aside_and_named(tmp_path: Path) -> None:
    file, told = tmp_path / "key.reports", list[Notice]()
    file.write_text("[[")
    trying = asyncio.create_task(UnsavedReports(Shelf(), told.append, file).keep_trying())
    await eventually(lambda: told, "the news")
    trying.cancel()
    assert f"{file}.broken" in told[0].text and not file.exists()
    assert (tmp_path / "key.reports.broken").read_text() == "[["
