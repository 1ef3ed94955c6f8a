"""The rows of a JSON document, which is read whole each time it has changed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from chimera_tui.domain.limits import DEFAULTS
from chimera_tui.services.inventory.facts import decoded, open_regular
from chimera_tui.services.inventory.growth_columns import Batch
from chimera_tui.services.inventory.growth_json import Document, JsonPicker, read_document
from chimera_tui.services.inventory.growth_tail import ANEW, NoRows

_TOGETHER = 2_000
"""Rows that are told at a time."""


class DocumentRows:
    """Iterate over `read`; `restarted` is called with the reason before rows start over."""

    goes_on_later = False

    def __init__(self, restarted: Callable[[str], None], most_mib: int = DEFAULTS.file_mib) -> None:
        self._restarted = restarted
        self._most_mib = most_mib
        self._picker = JsonPicker()
        self._seen: tuple[int, int, int, int] | None = None
        self._known = 0
        """Rows that were told."""
        self._first = self._last = ""
        """The first and the last of them."""
        self._note = ""
        self.mtime_ns = 0
        self.tells_versions = False
        """Each time it is written it tells one more row."""

    @property
    def columns_left_out(self) -> int:
        return self._picker.columns_left_out

    def notes(self) -> list[str]:
        return [self._note] if self._note else []

    def read(self, raw_path: str) -> Iterator[Batch]:
        """Rows that are new. Raises OSError, NoRows, and NotOneDocument for JSON lines."""
        descriptor, status = open_regular(raw_path)
        try:
            seen = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
            if seen == self._seen:
                return
            if status.st_size > self._most_mib << 20:
                most = f"{self._most_mib} MiB (limits.file_mib)"
                raise NoRows(f"a JSON document of more than {most} is not read again and again; JSON lines are")
            data = b"".join(iter(lambda: os.read(descriptor, 1 << 20), b""))
        finally:
            os.close(descriptor)
        text, _ = decoded(data, cut=False)
        if text is None:
            raise NoRows("binary content, not read")
        self._seen, self.mtime_ns = seen, status.st_mtime_ns
        document = self._document(text)
        if document is not None:
            yield from self._news(document)

    def _document(self, text: str) -> Document | None:
        """None for what can not be read (yet): what was told before stays."""
        try:
            document = read_document(text)
        except (ValueError, RecursionError):
            self._note = (
                "it can not be read as JSON now: half-written, or broken" if text.strip() else "it is empty now"
            )
            return None
        self._note = "the array is not closed yet: its complete elements are shown" if not document.whole else ""
        if document.where:
            self._note = f"rows are the elements of {document.where}"
        return document

    def _news(self, document: Document) -> Iterator[Batch]:
        rows = document.rows
        if document.single:
            if self._known:
                self._restarted(ANEW)
                self._picker, self._known = JsonPicker(), 0
            # the same object again is one more sample
            self.tells_versions = True
            yield self._picker.batch(rows)
            return
        common = min(self._known, len(rows))
        differs = common > 0 and (
            _text(rows[0]) != self._first or (common == self._known and _text(rows[common - 1]) != self._last)
        )
        if len(rows) < self._known and not document.whole and not differs:
            return  # it is being written anew, and gets there
        if self.tells_versions or differs or len(rows) < self._known:
            self._restarted(ANEW)
            self._picker, self._known, self.tells_versions = JsonPicker(), 0, False
        for at in range(self._known, len(rows), _TOGETHER):
            yield self._picker.batch(rows[at : at + _TOGETHER])
        if rows:
            self._known, self._first, self._last = len(rows), _text(rows[0]), _text(rows[-1])


def _text(row: object) -> str:
    return repr(row)
