"""Which files have been read, which wait, and who waits for them; no I/O."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import math
import time
from collections.abc import Callable
from itertools import count

from chimera_tui.domain.events import FactsRead
from chimera_tui.domain.inventory import FileEntry, FileFacts
from chimera_tui.domain.limits import DEFAULTS

_LARGE_BYTES = 1 << 20
_REST_S = 2.0
"""After each MiB that was read a large file that changes again rests so long, some twenty times what reading it
takes: one that somebody appends to would occupy a core for as long as he does."""


class FactsLedger:
    """The facts of the benchmark files that are there, kept in step with the inventory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.facts: dict[str, FileFacts] = {}
        self._clock = clock
        self._rests: dict[str, float] = {}
        """When a large file that was read may be read again, unless somebody waits for it."""
        self._known: set[str] = set()
        self._waiting: dict[str, tuple[int, FileEntry]] = {}
        self._asked: dict[str, tuple[int, FileEntry]] = {}
        """What the reader has now, with the number under which it waited."""
        self._dropped: set[str] = set()
        """Gone while the reader had them: the answer is void."""
        self._numbers = 0
        self._news: dict[str, str] = {}
        self._order = count(1)
        self._wake = asyncio.Event()
        self._waiters: list[tuple[dict[str, int], asyncio.Future[None]]] = []

    # ---- what the inventory says -----------------------------------------------------------------------

    def want(self, entry: FileEntry) -> None:
        """Read a file that is new or has changed."""
        self._known.add(entry.path)
        self._waiting[entry.path] = (next(self._order), entry)
        self._wake.set()

    def drop(self, path: str) -> bool:
        """A file is gone, or is none of ours any more; False when it was none before."""
        if path not in self._known:
            return False
        self._known.discard(path)
        self._waiting.pop(path, None)
        self._forget(path)
        if path in self._asked:
            self._dropped.add(path)
        self._release(path, math.inf)
        return True

    def move(self, old: str, new: FileEntry) -> bool:
        """Carry the facts of a renamed file along; False when there are none that still hold."""
        facts = self.facts.get(old)
        if facts is None or old in self._waiting or facts.kind is not new.kind:
            return False
        if (facts.size_bytes, facts.mtime_ns) != (new.size_bytes, new.mtime_ns):
            return False
        self.drop(old)
        self.drop(new.path)
        self._known.add(new.path)
        self._keep(dataclasses.replace(facts, path=new.path))
        return True

    # ---- what the reader does --------------------------------------------------------------------------

    async def next_entry(self) -> FileEntry:
        """The next file to ask for, never one that is being read; waits until there is one."""
        while True:
            rest_s = math.inf
            for path, (order, entry) in self._waiting.items():
                if path in self._asked:
                    continue
                if (left_s := self._rests_for(path)) <= 0:
                    del self._waiting[path]
                    self._asked[path] = (order, entry)
                    return entry
                rest_s = min(rest_s, left_s)
            self._wake.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if rest_s == math.inf else rest_s):
                    await self._wake.wait()

    def _rests_for(self, path: str) -> float:
        """Seconds until a file may be read; nobody who waits has to wait for that."""
        return 0.0 if self._waiters else self._rests.get(path, 0.0) - self._clock()

    async def wanted(self) -> None:
        """Wait until some file is to be read."""
        while not self._waiting:
            self._wake.clear()
            await self._wake.wait()

    def take(self, facts: FileFacts) -> None:
        """An answer came."""
        path = facts.path
        order, _ = self._asked.pop(path, (0, None))
        self._wake.set()
        if path in self._dropped:
            self._dropped.discard(path)
            return
        if facts.size_bytes > _LARGE_BYTES:
            self._rests[path] = self._clock() + _REST_S * min(facts.size_bytes, DEFAULTS.file_bytes) / _LARGE_BYTES
        self._keep(facts)
        self._release(path, order)

    @property
    def reading(self) -> tuple[str, int] | None:
        """What the reader has been asked for first and has not answered, with the number of that question."""
        return next(((path, order) for path, (order, _) in self._asked.items()), None)

    def give_back(self) -> None:
        """The reader died: ask again for what it had, but not for the file over which it died.

        It answers in order, so that is the first; it is tried again when it changes.
        """
        culprit = next(iter(self._asked), None)
        if culprit is not None and culprit not in self._dropped:
            order, entry = self._asked.pop(culprit)
            self._keep(_unread(entry, "not read: the reader broke over it"))
            self._release(culprit, order)
        for path, asked in self._asked.items():
            if path not in self._dropped:
                self._waiting.setdefault(path, asked)
        self._asked.clear()
        self._dropped.clear()
        self._wake.set()

    def give_up(self, reason: str) -> None:
        """Nobody reads any more: say so of every file that waits."""
        self.give_back()
        for path, (_, entry) in tuple(self._waiting.items()):
            del self._waiting[path]
            self._keep(_unread(entry, reason))
            self._release(path, math.inf)

    # ---- what others ask -------------------------------------------------------------------------------

    async def settled(self) -> None:
        """Wait until every file that is to be read now has been; what changes later does not prolong it."""
        missing = {path: order for path, (order, _) in (self._asked | self._waiting).items()}
        for path in self._dropped & missing.keys() - self._waiting.keys():
            del missing[path]
        if missing:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append((missing, future))
            self._wake.set()  # what rests is wanted now
            await future

    def take_progress(self) -> FactsRead:
        """How far it is, with the problems that are news since this was asked last."""
        news, self._news = self._news, {}
        return FactsRead(len(self.facts), len(self._known), self._numbers, tuple(news.items()))

    def progress(self) -> FactsRead:
        """How far it is, with all problems there are."""
        problems = tuple((path, facts.problem) for path, facts in self.facts.items() if facts.problem)
        return FactsRead(len(self.facts), len(self._known), self._numbers, problems)

    # ---- the parts -------------------------------------------------------------------------------------

    def _keep(self, facts: FileFacts) -> None:
        old = self.facts.get(facts.path)
        self.facts[facts.path] = facts
        self._numbers += facts.numbers - (old.numbers if old else 0)
        if facts.problem != (old.problem if old else ""):
            self._news[facts.path] = facts.problem

    def _forget(self, path: str) -> None:
        self._rests.pop(path, None)
        old = self.facts.pop(path, None)
        if old is not None:
            self._numbers -= old.numbers
            if old.problem:
                self._news[path] = ""

    def _release(self, path: str, order: float) -> None:
        for missing, future in self._waiters:
            if missing.get(path, math.inf) <= order:
                missing.pop(path, None)
                if not missing and not future.done():
                    future.set_result(None)
        self._waiters = [(missing, future) for missing, future in self._waiters if not future.done()]


def _unread(entry: FileEntry, problem: str) -> FileFacts:
    return FileFacts(entry.path, entry.kind, entry.size_bytes, entry.mtime_ns, problem=problem)
