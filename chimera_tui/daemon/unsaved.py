"""Reports that no disk took: kept, and saved as soon as one does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from chimera_tui.domain.errors import SaveFailed
from chimera_tui.domain.events import Notice
from chimera_tui.domain.names import printable
from chimera_tui.domain.runs import RunSummary
from chimera_tui.engine.ports import AgentText, ReportStore, Saved

_RETRY_S = 2.0
"""Between attempts, as with the journal."""


class UnsavedReports:
    """Implements `engine.ports.ReportStore` around another one."""

    def __init__(self, store: ReportStore, notify: Callable[[Notice], None]) -> None:
        self._store = store
        self._notify = notify
        self._left: list[tuple[RunSummary, Sequence[AgentText]]] = []

    @property
    def told(self) -> str:
        """Whose reports would be lost if the daemon ended now; empty when none would."""
        runs = ", ".join(summary.run_id for summary, _ in self._left)
        return f"the reports of {runs}" if runs else ""

    def save(self, summary: RunSummary, texts: Sequence[AgentText]) -> Saved:
        """As the other store does; what it can not save is tried again. Raises SaveFailed all the same."""
        try:
            return self._store.save(summary, texts)
        except SaveFailed:
            self._left.append((summary, tuple(texts)))
            raise

    async def keep_trying(self) -> None:
        while True:
            await asyncio.sleep(_RETRY_S)
            await self.try_again()

    async def try_again(self) -> None:
        """Save what is left, oldest first, up to the first that is refused again."""
        while self._left:
            summary, texts = self._left[0]
            try:
                saved = await asyncio.shield(asyncio.to_thread(self._store.save, summary, texts))
            except SaveFailed:
                return
            self._left.pop(0)
            text = f"The reports of run {summary.run_id} are saved now: {printable(saved.folder)}"
            self._notify(Notice("info", f"{text} ({saved.note})" if saved.note else text))
