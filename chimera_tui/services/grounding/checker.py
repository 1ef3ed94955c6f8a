"""The checking process as the engine sees it: started with the first corpus, started again once if it dies."""

from __future__ import annotations

import asyncio
import contextlib
from itertools import count

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.events import Notice
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.engine.ports import Corpus, EventSink, TextCheck
from chimera_tui.services.frame_process import FrameProcess
from chimera_tui.services.grounding.frames import entry_frame
from chimera_tui.services.grounding.sent_text import SentText, Tell
from chimera_tui.services.inventory.children import keep_alive
from chimera_tui.services.inventory.roots import Roots
from chimera_tui.services.pipes import Frame

PROCESS = "chimera_tui.services.grounding.process"
_PATIENCE_S = 5.0
"""How long a run waits for the reading of the files; longer, and it goes on beside the run, slowly."""
_BATCH = 500
"""Entries of one frame: the event loop is others' as well."""


class CheckingProcess:
    """A `Checker` for one set of roots; nothing runs before the first corpus."""

    def __init__(self, roots: Roots, sink: EventSink) -> None:
        self._roots = roots
        self._sink = sink
        self._runner: asyncio.Task[None] | None = None
        self._reason = "no files were read"
        """Why the process does not run, when it does not."""
        self._corpus: Corpus | None = None
        self._corpus_number = 0
        self._ready_number = 0
        self._sent_number = 0
        self._sent: dict[str, FileEntry] = {}
        """What the process knows of the files."""
        self._texts: dict[int, SentText] = {}
        self._dropped: list[int] = []
        self._numbers = count(1)
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        """Files were read, or never will be."""

    # ---- for the engine --------------------------------------------------------------------------------

    async def prepare(self, corpus: Corpus) -> None:
        """Have the files read; returns after some seconds even when they are not yet."""
        self._use(corpus)
        if not self._runs:
            self._runner = asyncio.create_task(self._run(), name="checks of reports")
        wanted = self._corpus_number
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                while self._ready_number < wanted and self._runs:
                    self._moved.clear()
                    await self._moved.wait()

    def check(self, corpus: Corpus, today: str, tell: Tell) -> TextCheck:
        """Begin a text, against the files that were prepared last or, if this is another corpus, against those."""
        self._use(corpus)
        text = SentText(next(self._numbers), today, tell, self._wake.set, self._drop)
        if self._runs:
            self._texts[text.number] = text
            self._wake.set()
        else:
            text.conclude(0, f"not checked: {self._reason}")
        return text

    async def stop(self) -> None:
        """End the process and wait for it. Safe to call again."""
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.wait({self._runner})

    # ---- the process -----------------------------------------------------------------------------------

    @property
    def _runs(self) -> bool:
        return self._runner is not None and not self._runner.done()

    def _use(self, corpus: Corpus) -> None:
        if self._corpus is not corpus and (self._corpus is None or self._corpus.files != corpus.files):
            self._corpus_number += 1
            self._wake.set()
        self._corpus = corpus

    async def _run(self) -> None:
        self._reason = "the program ends"
        try:
            self._reason = await keep_alive("the process that checks reports", PROCESS, self._sink, self._converse)
            self._sink.emit(Notice("warning", f"{self._reason}; the numbers of this run are not checked"))
        finally:
            for text in self._texts.values():
                text.conclude(0, f"not checked: {self._reason}")
            self._texts.clear()
            self._moved.set()

    async def _converse(self, process: FrameProcess) -> None:
        self._sent.clear()
        self._sent_number = self._ready_number = 0
        self._dropped.clear()
        for text in self._texts.values():
            text.forget_sent()
        self._wake.set()
        await process.send(self._roots.to_frame())
        sending = asyncio.create_task(self._send(process))
        try:
            while (frame := await process.receive()) is not None:
                self._heard(frame)
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await sending

    async def _send(self, process: FrameProcess) -> None:
        """Whatever the process does not know yet, again and again."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._sent_number != self._corpus_number and self._corpus is not None:
                await self._send_corpus(process, self._corpus, self._corpus_number)
            while self._dropped:
                await process.send(("drop", self._dropped.pop()))
            for text in tuple(self._texts.values()):
                for frame in text.frames():
                    await process.send(frame)

    async def _send_corpus(self, process: FrameProcess, corpus: Corpus, number: int) -> None:
        """What changed since the corpus before."""
        known = self._sent
        changed = [entry for entry in corpus.files if known.get(entry.path) != entry]
        removed = list(known.keys() - {entry.path for entry in corpus.files})
        for path in removed:
            del known[path]
        for start in range(0, max(1, len(changed)), _BATCH):
            batch = changed[start : start + _BATCH]
            frames = [frame for entry in batch if (frame := self._entry_frame(entry)) is not None]
            await process.send(("corpus", number, frames, removed, start + _BATCH >= len(changed)))
            known.update((entry.path, entry) for entry in batch)
            removed = []
            await asyncio.sleep(0)
        self._sent_number = number

    def _entry_frame(self, entry: FileEntry) -> Frame | None:
        try:
            return entry_frame(entry, self._roots.absolute(entry.path))
        except ChimeraError:
            return None  # of a directory that is no longer among the roots, as in a campaign's first corpus

    def _heard(self, frame: Frame) -> None:
        match frame:
            case ("ready", number):
                self._ready_number = number
                self._moved.set()
            case ("checked", number, lines, found):
                if number in self._texts:
                    self._texts[number].heard(lines, found)
            case ("finished", number, files, problem):
                if number in self._texts:
                    self._texts.pop(number).conclude(files, problem)

    def _drop(self, number: int) -> None:
        text = self._texts.pop(number, None)
        if text is not None:
            text.conclude(0, "nobody waited for it")
            self._dropped.append(number)
            self._wake.set()
