from __future__ import annotations

from pathlib import Path

import pytest

from chimera_tui.commands import daemon
from chimera_tui.domain.errors import SaveFailed


def test_a_daemon_that_alone_holds_reports_is_not_stopped_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([{"pid": 1, "unsaved": "the reports of k3v9qa"}] * 2)
    told: list[str] = []
    monkeypatch.setattr(daemon, "_status", lambda socket: next(answers, None))
    monkeypatch.setattr(daemon, "request_shutdown", lambda socket, when: told.append(when))
    with pytest.raises(SaveFailed, match="no disk has taken the reports of k3v9qa yet") as caught:
        daemon._stop(Path("/socket"), force=False)
    assert "--force" in caught.value.info.next and told == []
    assert daemon._stop(Path("/socket"), force=True) == {"pid": 1, "unsaved": "the reports of k3v9qa"}
    assert told == ["now"]
