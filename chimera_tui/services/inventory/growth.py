"""Files that grow, as the daemon has them: a process of its own follows those that somebody looks at."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence

from chimera_tui.domain.errors import BadUse, FileNotReadable
from chimera_tui.domain.events import Event, FilesChanged, WatchModeChanged
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import printable
from chimera_tui.domain.rows import Axis, rows_kind
from chimera_tui.engine.ports import EventSink
from chimera_tui.services.frame_process import FrameProcess
from chimera_tui.services.inventory.roots import Roots
from chimera_tui.services.pipes import Frame

_READER = "chimera_tui.services.inventory.growth_reader"
LOOKED_AT_S = 60.0
"""A file is followed for so long after it was asked for last."""
_ANSWER_S = 50.0
"""A little less than whoever asks waits."""
_BETWEEN_S = 0.1
_SHARE = 4
"""After a look rests so many times what it took, at least: a large JSON document is read whole each time."""
_RESOLUTION_NS = {"inotify": 300_000_000, "polling": 3_000_000_000, "off": 60_000_000_000}
"""How much later than it was written a row may be seen, by how changes are seen."""


class GrowthService:
    """`ask` starts the process; it is stopped when nothing was asked for a minute. Nothing else costs anything."""

    def __init__(
        self, roots: Roots, entry: Callable[[str], FileEntry | None], *, looked_at_s: float = LOOKED_AT_S
    ) -> None:
        """`entry` finds a listed file by its wire path."""
        self._roots = roots
        self._entry = entry
        self._looked_at_s = looked_at_s
        self._asked: dict[str, float] = {}
        """When each file was asked for last, by the loop's clock."""
        self._changed: set[str] = set()
        self._looking: asyncio.Task[None] | None = None
        self._expiry: asyncio.Task[None] | None = None
        self._process: FrameProcess | None = None
        self._turn = asyncio.Lock()
        self._resolution_ns = _RESOLUTION_NS["inotify"]

    @property
    def followed(self) -> tuple[str, ...]:
        return tuple(self._asked)

    @property
    def pid(self) -> int | None:
        """Of the process; None while there is none."""
        return self._process.pid if self._process is not None else None

    async def ask(
        self, path: str, columns: Sequence[str] = (), points: int = 1_000, axis: Axis | None = None
    ) -> bytes:
        """What the rows of a listed file tell now, a `domain.rows.Growth` as JSON.

        At most about `points` of each column, the best one without `columns`; over the best axis without `axis`.
        Raises FileNotReadable, and BadUse for a file without rows or a column that it does not have.
        """
        shown = printable(path)
        entry, kind = self._entry(path), rows_kind(path)
        if entry is None:
            raise FileNotReadable(
                f"{shown} is not in the inventory", where=shown, next_="It may be gone; choose another file."
            )
        if kind is None:
            raise BadUse(
                f"{shown} has no rows to plot", where=shown, next_="Choose a csv, tsv, json or jsonl file."
            )
        if entry.problem:
            raise FileNotReadable(
                f"{shown} can not be read: {entry.problem}", where=shown, next_="Choose another file."
            )
        self._remember(path)
        raw = os.fsencode(self._roots.absolute(path))
        rest = (kind, raw, tuple(columns), points, axis, self._resolution_ns)
        async with self._turn:
            answer = await self._exchange(("ask", self.followed, path, *rest))
        match answer:
            case ("growth", bytes(told)):
                return told
            case ("column", name, names):
                raise BadUse(
                    f"{shown} has no column of numbers {printable(name)!r}",
                    where=shown,
                    next_=f"It has {', '.join(map(printable, names)) or 'none'}.",
                )
            case ("error", text):
                why = str(text)
            case _:
                why = "the process that reads it ended over it"
        raise FileNotReadable(f"{shown}: {why}", where=shown, next_="Look at it as text, or choose another file.")

    def heard(self, event: Event) -> None:
        """Files that are followed and have changed are looked at."""
        match event:
            case FilesChanged(changed=changed) if self._asked:
                self._changed.update(entry.path for entry in changed if entry.path in self._asked)
                if self._changed and self._looking is None:
                    self._looking = asyncio.create_task(self._look(), name="growing files")
            case WatchModeChanged(mode=mode):
                self._resolution_ns = _RESOLUTION_NS[mode]

    async def stop(self) -> None:
        """End the process and wait for it. Safe to call again."""
        tasks = {task for task in (self._looking, self._expiry) if task is not None}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._asked.clear()
        async with self._turn:
            await self._end()

    # ---- who looks ---------------------------------------------------------------------------------------

    def _remember(self, path: str) -> None:
        self._asked[path] = asyncio.get_running_loop().time()
        if self._expiry is None:
            self._expiry = asyncio.create_task(self._expire(), name="growing files nobody looks at")

    async def _expire(self) -> None:
        """Until nobody looks at any file any more."""
        clock = asyncio.get_running_loop().time
        while True:
            while self._asked:
                await asyncio.sleep(max(0.0, min(self._asked.values()) + self._looked_at_s - clock()))
                due = clock() - self._looked_at_s
                for path in [path for path, asked in self._asked.items() if asked <= due]:
                    del self._asked[path]
            async with self._turn:
                if not self._asked:
                    self._expiry = None  # whoever asks from now on begins anew
                    await self._end()
                    return

    async def _look(self) -> None:
        """At what has changed, until nothing has."""
        try:
            while self._changed:
                path = self._changed.pop()
                began = time.monotonic()
                async with self._turn:
                    if self._process is None or path not in self._asked:
                        continue
                    if await self._exchange(("look", self.followed, path)) == ("looked", True):
                        self._changed.add(path)
                await asyncio.sleep(max(_BETWEEN_S, _SHARE * (time.monotonic() - began)))
        finally:
            self._looking = None

    # ---- the process -------------------------------------------------------------------------------------

    async def _exchange(self, frame: Frame) -> Frame | None:
        """The answer; None when the process is gone, or does not come to an end."""
        try:
            async with asyncio.timeout(_ANSWER_S):
                if self._process is None:
                    self._process = await FrameProcess.start(_READER)
                    await self._process.send(self._roots.to_frame())
                await self._process.send(frame)
                if (answer := await self._process.receive()) is not None:
                    return answer
        except (OSError, TimeoutError):
            pass  # ConnectionError is an OSError
        except asyncio.CancelledError:
            await self._end()  # its answer would be taken for that of the next question
            raise
        await self._end()
        return None

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await process.stop()


class Overheard:
    """A sink that lets somebody else hear every event, too."""

    def __init__(self, sink: EventSink, hear: Callable[[Event], None]) -> None:
        self._sink = sink
        self._hear = hear

    def emit(self, event: Event) -> None:
        self._sink.emit(event)
        self._hear(event)
