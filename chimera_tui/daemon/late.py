"""Parts that are imported when they are first used, so that the daemon answers sooner."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chimera_tui.domain.runs import RunSummary
from chimera_tui.engine.ports import AgentText, Saved


class LateReportStore:
    """Implements `engine.ports.ReportStore`: reports come minutes after the start and need a Markdown parser."""

    def __init__(self, output: Path, fallback: Path, *, links_out: bool) -> None:
        self._output = output
        self._fallback = fallback
        self._links_out = links_out

    def save(self, summary: RunSummary, texts: Sequence[AgentText]) -> Saved:
        """See `services.report_store.FolderReportStore.save`."""
        from chimera_tui.services.report_store import FolderReportStore

        store = FolderReportStore(self._output, self._fallback, links_out=self._links_out)
        return store.save(summary, texts)
