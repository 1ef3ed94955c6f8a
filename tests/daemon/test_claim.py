"""The lock decides who serves, and says who does when nobody answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from chimera_tui.client.places import Places
from chimera_tui.daemon.claim import claim, silent_holder
from chimera_tui.domain.errors import DaemonUnreachable


@pytest.fixture
def places(tmp_path: Path) -> Places:
    runtime = tmp_path / "r"
    made = Places.of(
        [tmp_path], environment={"CHIMERA_RUNTIME_DIR": str(runtime), "CHIMERA_STATE_DIR": str(runtime)}
    )
    made.prepare_runtime()
    return made


def test_a_claim_that_was_released_can_be_taken(places: Places) -> None:
    first = claim(places)
    assert first is not None
    assert places.socket.exists()
    first.release()
    assert not places.socket.exists()
    second = claim(places)
    assert second is not None
    second.release()


def test_a_holder_that_does_not_answer_is_named(places: Places) -> None:
    first = claim(places)
    assert first is not None
    first.withdraw()
    with pytest.raises(DaemonUnreachable, match=rf"process {os.getpid()}\b.*kill -9 {os.getpid()}\b"):
        claim(places, patience_s=0.05)
    first.release()


def test_who_got_no_answer_is_told_of_a_daemon_that_is_there_all_the_same(places: Places) -> None:
    assert silent_holder(places) is None
    first = claim(places)
    assert first is not None
    assert f"kill -9 {os.getpid()}" in str(silent_holder(places))
    first.withdraw()
    assert silent_holder(places) is None, "it ends"
    first.release()
    assert silent_holder(places) is None


def test_a_lock_that_is_a_symlink_is_not_followed(places: Places, tmp_path: Path) -> None:
    places.lock.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DaemonUnreachable, match="lock"):
        claim(places)
    assert not (tmp_path / "elsewhere").exists()
