"""The inventory as the daemon has it: what the watcher and the reader tell, folded and passed on as events."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Literal

from chimera_tui.domain.beat import next_beat_s
from chimera_tui.domain.errors import FileNotReadable, ReportsUnreadable
from chimera_tui.domain.events import Event, FactsRead, FilesChanged, Notice, ScanFinished, WatchModeChanged
from chimera_tui.domain.inventory import FileContent, FileEntry, InventoryState
from chimera_tui.domain.names import printable, to_wire
from chimera_tui.engine.ports import Corpus, EventSink
from chimera_tui.services.frame_process import FrameProcess
from chimera_tui.services.inventory.children import keep_alive
from chimera_tui.services.inventory.columns import from_columns
from chimera_tui.services.inventory.ledger import FactsLedger
from chimera_tui.services.inventory.preview import read_preview
from chimera_tui.services.inventory.reader import facts_of, question
from chimera_tui.services.inventory.roots import Roots
from chimera_tui.services.inventory.scan import BATCH, Row, entry_of
from chimera_tui.services.pipes import Frame

_WATCHER = "chimera_tui.services.inventory.watcher"
_READER = "chimera_tui.services.inventory.reader"
_ASKED_AHEAD = 32
"""Files that the reader has been told about at a time: enough to keep it busy, few to lose."""
_STANDS_STILL_S = 30.0
"""A file takes a second at most; a reader that has been asked and is silent for so long never answers: a run would
wait for it for ever. It is ended, and the next one leaves that file out."""
_LOOKS = 3
_BETWEEN_PROGRESS_S = 0.2
_AT_ONCE_S = 0.002
"""A frame that is there so soon was there before it was asked for."""


class InventoryService:
    """Scans, watches and reads the roots from `start` to `stop`; a `FactSource` for the engine."""

    def __init__(
        self,
        roots: Roots,
        sink: EventSink,
        *,
        force_polling: bool = False,
        stands_still_s: float = _STANDS_STILL_S,
    ) -> None:
        self.state = InventoryState()
        self.scanned = False
        """Whether the first scan is complete."""
        self._roots = roots
        self._sink = sink
        self._force_polling = force_polling
        self._stands_still_s = stands_still_s
        self._ledger = FactsLedger()
        self._scan_over = asyncio.Event()
        self._facts_moved = asyncio.Event()
        self._scan: ScanFinished | None = None
        self._mode: WatchModeChanged | None = None
        self._unseen: set[str] = set()
        """Entries that a restarted watcher has not told again yet."""
        self._runner: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Returns at once; the scan tells itself through the sink."""
        for note in self._roots.notes:
            self._sink.emit(Notice("info", note))
        self._runner = asyncio.create_task(self._run(), name="inventory")
        self._runner.add_done_callback(self._ended)

    async def stop(self) -> None:
        """End both children and wait for them. Safe to call again."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.wait({self._runner})

    @property
    def where(self) -> str:
        """The roots' paths, printable."""
        return ", ".join(printable(to_wire(str(path))) for path in self._roots.paths)

    async def any_files(self) -> bool:
        """Whether a benchmark file was found by the first scan or since. Raises ReportsUnreadable."""
        await self._scan_ended_well()
        return self.state.totals().benchmark.count > 0

    async def corpus(self) -> Corpus:
        """What is there now and the numbers in it, as soon as the first scan and the reading of it are done.

        Raises ReportsUnreadable when the scan never came to its end.
        """
        await self._scan_ended_well()
        await self._ledger.settled()
        files = tuple(self.state.benchmark_files())
        known = self._ledger.facts
        facts = tuple(known[entry.path] for entry in files if entry.path in known)
        return Corpus(self._roots.labels, files, facts)

    async def _scan_ended_well(self) -> None:
        await self._scan_over.wait()
        if not self.scanned:
            reason = self._mode.reason if self._mode else "the inventory was stopped"
            raise ReportsUnreadable(
                f"the reports could not be scanned: {reason}",
                where=", ".join(map(printable, self._roots.labels)),
                next_="Restart the program; chimera doctor checks what it needs.",
            )

    async def preview(self, path: str, limit_bytes: int = 1 << 20) -> FileContent:
        """The beginning of a listed file, read off the event loop. Raises FileNotReadable."""
        entry = self.state.entries.get(path)
        if entry is None:
            shown = printable(path)
            raise FileNotReadable(
                f"{shown} is not in the inventory", where=shown, next_="It may be gone; choose another file."
            )
        return await asyncio.to_thread(read_preview, entry, self._roots, limit_bytes)

    def snapshot_events(self) -> list[Event]:
        """What a viewer that comes late must be told to know what is known now."""
        entries = iter(self.state.entries.values())
        events: list[Event] = []
        while batch := tuple(islice(entries, BATCH)):
            events.append(FilesChanged(changed=batch, initial=True))
        events.extend(event for event in (self._scan, self._mode) if event is not None)
        events.append(self._ledger.progress())
        return events

    # ---- the two children ------------------------------------------------------------------------------

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            group.create_task(self._read())
            group.create_task(self._tell_progress())

    def _ended(self, runner: asyncio.Task[None]) -> None:
        # nobody may wait for what will not come any more
        self._scan_over.set()
        self._ledger.give_up("not read: the inventory was stopped")
        error = None if runner.cancelled() else runner.exception()
        if error is not None:
            self._tell_mode("off", f"the inventory broke: {error!r}")
            runner.get_loop().call_exception_handler({"message": "the inventory broke", "exception": error})

    async def _watch(self) -> None:
        reason = await keep_alive("the file watcher", _WATCHER, self._sink, self._listen)
        self._tell_mode("off", f"{reason}: changes are not seen any more")
        self._sink.emit(Notice("error", f"{reason}; restart the program to see changes again"))
        self._scan_over.set()

    async def _listen(self, watcher: FrameProcess) -> None:
        self._unseen = set(self.state.entries)
        await watcher.send((*self._roots.to_frame(), self._force_polling))
        clock = asyncio.get_running_loop().time
        asked_s = clock()
        while (frame := await watcher.receive()) is not None:
            at_once = clock() - asked_s < _AT_ONCE_S
            self._take(frame)
            now_s = clock()
            # a long scan shares the loop with everyone else; later changes are taken together with the tokens, and
            # what has been waiting all at once: frames may come faster than beats
            await asyncio.sleep(next_beat_s(now_s) - now_s if self.scanned and not at_once else 0)
            asked_s = clock()

    async def _read(self) -> None:
        reason = await keep_alive("the file reader", _READER, self._sink, self._converse)
        self._sink.emit(Notice("error", f"{reason}; files that change now are not read: restart the program"))
        while True:
            self._ledger.give_up(f"not read: {reason}")
            self._facts_moved.set()
            await self._ledger.wanted()

    async def _converse(self, reader: FrameProcess) -> None:
        self._ledger.give_back()
        await reader.send(self._roots.to_frame())
        window = asyncio.Semaphore(_ASKED_AHEAD)
        asking = asyncio.create_task(self._ask(reader, window))
        minding = asyncio.create_task(self._mind(reader))
        try:
            while (frame := await reader.receive()) is not None:
                self._ledger.take(facts_of(frame))
                self._facts_moved.set()
                window.release()
        finally:
            minding.cancel()
            asking.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await asking

    async def _mind(self, reader: FrameProcess) -> None:
        """End a reader that stands still. It is looked at three times, for it may be us who stood still."""
        asked, seen = None, 0
        while seen < _LOOKS:
            await asyncio.sleep(self._stands_still_s / _LOOKS)
            reading = self._ledger.reading
            seen = seen + 1 if reading is not None and reading == asked else 0
            asked = reading
        reader.kill()

    async def _ask(self, reader: FrameProcess, window: asyncio.Semaphore) -> None:
        while True:
            await window.acquire()
            entry = await self._ledger.next_entry()
            await reader.send(question(entry, self._roots.absolute(entry.path)))

    async def _tell_progress(self) -> None:
        told: FactsRead | None = None
        while True:
            await self._facts_moved.wait()
            self._facts_moved.clear()
            progress = self._ledger.take_progress()
            if progress != told:  # most changes are of files without facts
                self._sink.emit(progress)
                told = progress
            await asyncio.sleep(_BETWEEN_PROGRESS_S)

    # ---- what the watcher tells ------------------------------------------------------------------------

    def _take(self, frame: Frame) -> None:
        match frame:
            case ("folders", folders):
                self._apply([entry for columns in folders for entry in from_columns(columns, self._roots)], (), ())
            case ("files", rows, removed, moved):
                entries = [entry_of(path, Row(*row), self._roots) for path, *row in rows]
                self._apply(entries, removed, moved)
            case ("scanned", files, folders, duration_ns):
                self._apply([], tuple(self._unseen), [])
                self._tell_scanned(ScanFinished(files, folders, duration_ns))
            case ("mode", mode, reason):
                self._tell_mode(mode, reason)
            case ("rushed", most):
                text = f"Files change faster than {most:,} a second; what changes is told later, joined"
                self._sink.emit(Notice("warning", f"{text} (limits.changes_per_second)."))

    def _apply(
        self, entries: Iterable[FileEntry], removed: Sequence[str], moved: Sequence[tuple[str, str]]
    ) -> None:
        known = self.state.entries
        if self._unseen:
            entries = tuple(entries)
            self._unseen.difference_update(entry.path for entry in entries)
        changed = tuple(entry for entry in entries if known.get(entry.path) != entry)
        gone = tuple(path for path in removed if path in known)
        pairs = tuple((old, new) for old, new in moved if old in known)
        came_from = {new: old for old, new in pairs}
        moved_facts = False
        for entry in changed:
            self.state.put(entry)
            old = came_from.get(entry.path)
            if not entry.counts:
                moved_facts |= self._ledger.drop(entry.path)
                continue
            moved_facts = True
            if old is None or not self._ledger.move(old, entry):
                self._ledger.want(entry)
        for path in gone:
            self.state.remove(path)
            moved_facts |= self._ledger.drop(path)
        if moved_facts:
            self._facts_moved.set()
        if changed or gone:
            self._sink.emit(FilesChanged(changed, gone, pairs, initial=not self.scanned))

    def _tell_scanned(self, scan: ScanFinished) -> None:
        if not self.scanned:
            self.scanned, self._scan = True, scan
            self._sink.emit(scan)
            self._facts_moved.set()
            self._scan_over.set()
            gc.freeze()  # the entries of a large tree live long: no collection has to walk through them

    def _tell_mode(self, mode: Literal["inotify", "polling", "off"], reason: str) -> None:
        event = WatchModeChanged(mode, reason)
        if event != self._mode:
            self._mode = event
            self._sink.emit(event)
