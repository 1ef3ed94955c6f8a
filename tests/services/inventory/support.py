"""A running inventory over real files, and what it has told so far."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from chimera_tui.domain.events import Event, FilesChanged, WatchModeChanged
from chimera_tui.domain.inventory import FileEntry, InventoryState, totals_of
from chimera_tui.services.inventory.once import scan_once
from chimera_tui.services.inventory.roots import resolve_roots
from chimera_tui.services.inventory.service import InventoryService
from tests.support import eventually

T = TypeVar("T")


class Recorder:
    """A sink that folds file events as a viewer does and keeps everything."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.seen = InventoryState()

    def emit(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, FilesChanged):
            for path in event.removed:
                self.seen.remove(path)
            for entry in event.changed:
                self.seen.put(entry)

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def mode(self) -> str:
        modes = self.of(WatchModeChanged)
        return modes[-1].mode if modes else ""

    @property
    def news(self) -> list[FilesChanged]:
        return [event for event in self.of(FilesChanged) if not event.initial]

    def has(self, *paths: str) -> bool:
        return all(path in self.seen.entries for path in paths)

    @property
    def moves(self) -> set[tuple[str, str]]:
        return {pair for event in self.news for pair in event.moved}


class Running:
    def __init__(self, service: InventoryService, sink: Recorder, directories: tuple[Path, ...]) -> None:
        self.service = service
        self.sink = sink
        self._directories = directories

    async def agrees_with_the_disk(self) -> None:
        """Wait until viewer, daemon and a fresh scan say the same, then check the totals."""

        def same() -> bool:
            truth, _ = scan_once(resolve_roots(self._directories), read=False)
            return truth.entries == self.service.state.entries == self.sink.seen.entries

        await eventually(same, "the inventory to agree with the disk")
        assert self.service.state.totals() == totals_of(self.service.state.entries.values())

    async def shows(self, *paths: str) -> None:
        await eventually(lambda: self.sink.has(*paths), f"{', '.join(paths)} to be listed")

    async def lacks(self, *paths: str) -> None:
        gone = set(paths)
        await eventually(lambda: not gone & self.sink.seen.entries.keys(), f"{', '.join(paths)} to be gone")

    def entry(self, path: str) -> FileEntry:
        return self.sink.seen.entries[path]


def writable_copy(source: Path, target: Path) -> None:
    """The sample data is read-only; its copy must not be."""
    shutil.copytree(source, target, copy_function=shutil.copyfile)
    for folder, _, _ in os.walk(target):
        Path(folder).chmod(0o755)


def raw_child(folder: Path, name: bytes) -> Path:
    """A path whose name is not UTF-8."""
    return Path(os.fsdecode(os.fsencode(folder) + b"/" + name))


@asynccontextmanager
async def running(
    *directories: Path, force_polling: bool = False, stands_still_s: float = 30
) -> AsyncIterator[Running]:
    """An inventory that has scanned and watches."""
    sink = Recorder()
    service = InventoryService(
        resolve_roots(directories), sink, force_polling=force_polling, stands_still_s=stands_still_s
    )
    await service.start()
    try:
        await eventually(lambda: service.scanned and sink.mode, "the first scan and the watch")
        yield Running(service, sink, directories)
    finally:
        await asyncio.wait_for(service.stop(), 20)
