"""When what was appended is committed."""

from __future__ import annotations

import threading
from pathlib import Path

from chimera_tui.domain.run_state import RunState
from chimera_tui.services.journal.store import Store
from chimera_tui.services.journal.writer import Writer
from tests.services.journal.test_journal import finished, started, tokens
from tests.support import wait_until


def test_the_end_of_a_run_is_committed_at_once_with_all_before_it(tmp_path: Path) -> None:
    store, lock = Store.open(tmp_path / "journal.sqlite"), threading.Lock()
    writer = Writer(store, lock, lambda notice: None, batch_s=3600)

    def done() -> list[str]:
        with lock:
            return store.in_state(RunState.DONE)

    writer.append(started("aaaaaa"))
    writer.append(tokens("aaaaaa", "kept"))
    assert done() == []
    writer.append(finished("aaaaaa"))
    wait_until(lambda: done() == ["aaaaaa"], "the commit")
    with lock:
        assert len(store.bodies("aaaaaa", 0, 10)) == 3
    writer.close()
    store.close()
