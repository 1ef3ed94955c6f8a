"""Reports that no disk took: kept, and saved as soon as one does, by the next daemon if need be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from chimera_tui.domain.errors import SaveFailed
from chimera_tui.domain.events import Notice
from chimera_tui.domain.names import printable
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.wire import adapter
from chimera_tui.engine.ports import AgentText, ReportStore, Saved
from chimera_tui.services.private_file import set_aside, write_private

_RETRY_S = 2.0
"""Between attempts, as with the journal."""
Left = tuple[RunSummary, tuple[AgentText, ...]]


class UnsavedReports:
    """Implements `engine.ports.ReportStore` around another one."""

    def __init__(self, store: ReportStore, notify: Callable[[Notice], None], rescue: Path) -> None:
        """`rescue` is a file on another disk; it is there while something waits that an earlier daemon left."""
        self._store = store
        self._notify = notify
        self._rescue = rescue
        self._left: list[Left] = []

    @property
    def told(self) -> str:
        """Whose reports are not saved; empty when none waits."""
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
        """Until cancelled; first what an earlier daemon left."""
        await asyncio.to_thread(self._bring_back)
        while True:
            await self.try_again()
            await asyncio.sleep(_RETRY_S)

    async def end(self) -> None:
        """Save what is left, or leave it to the next daemon. Raises OSError when that can not be done either."""
        await self.try_again()
        if self._left:
            await asyncio.to_thread(write_private, self._rescue, adapter(list[Left]).dump_json(self._left))

    def _bring_back(self) -> None:
        try:
            self._left += adapter(list[Left]).validate_json(self._rescue.read_bytes())
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            aside = set_aside(self._rescue)
            text = f"Reports that an earlier daemon could not save can not be read ({error}); they are in {aside}"
            self._notify(Notice("warning", printable(text)))

    async def try_again(self) -> None:
        """Save what is left, oldest first, up to the first that is refused again."""
        while self._left:
            summary, texts = self._left[0]
            try:
                saved = await asyncio.shield(asyncio.to_thread(self._store.save, summary, texts))
            except SaveFailed:
                return
            self._left.pop(0)
            if not self._left:
                self._rescue.unlink(missing_ok=True)
            text = f"The reports of run {summary.run_id} are saved now: {printable(saved.folder)}"
            self._notify(Notice("info", f"{text} ({saved.note})" if saved.note else text))
