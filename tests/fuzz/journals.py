"""A journal whose file was damaged: it opens, or it says that it can not be used; nothing else."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from chimera_tui.domain.errors import ChimeraError
from tests.services.journal.test_journal import finished, opened, started, tokens


@cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        journal = opened(path)
        for name in ("aaaaaa", "bbbbbb"):
            for event in (started(name), tokens(name, "Hel", "lo \x1b[2J \u202e"), finished(name)):
                journal.append(event)
        journal.close()
        return path.read_bytes()


def seed_journal() -> list[bytes]:
    return [_made()]


def open_journal(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        path.write_bytes(data)
        try:
            journal = opened(path)
        except ChimeraError:
            return
        try:
            for run in journal.runs():
                list(journal.events(run.run_id))
        except ChimeraError:
            pass
        finally:
            journal.close()
