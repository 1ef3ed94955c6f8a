"""The watcher process by itself: what it says over its pipes."""

from __future__ import annotations

import os
import resource
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chimera_tui.services import pipes
from chimera_tui.services.inventory.hints import Hints, NoWatch
from chimera_tui.services.inventory.roots import resolve_roots

_COMMAND = [sys.executable, "-P", "-m", "chimera_tui.services.inventory.watcher"]


@contextmanager
def _watcher(root: Path, *, wrapper: tuple[str, ...] = ()) -> Iterator[subprocess.Popen[bytes]]:
    command = [*wrapper, *_COMMAND]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        pipes.write_frame(process.stdin, (*resolve_roots([root]).to_frame(), False))
        try:
            yield process
        finally:
            process.kill()


def _until(process: subprocess.Popen[bytes], kind: str) -> list[pipes.Frame]:
    """The frames up to the first of that kind; the test's own time limit is the runner's."""
    assert process.stdout is not None
    frames: list[pipes.Frame] = []
    while not frames or frames[-1][0] != kind:
        frame = pipes.read_frame(process.stdout)
        assert frame is not None, f"the watcher ended before it told {kind}"
        frames.append(frame)
    return frames


def test_it_scans_tells_the_mode_and_leaves_when_its_input_closes(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    with _watcher(tmp_path) as process:
        frames = _until(process, "mode")
        assert [frame[0] for frame in frames] == ["folders", "scanned", "mode"]
        assert frames[0][1][0][:3] == (tmp_path.name, ["a.csv"], (4,))
        assert frames[1][1:3] == (1, 1)
        assert frames[2] == ("mode", "inotify", "")
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0


def test_it_leaves_without_a_word_when_nobody_listens(tmp_path: Path) -> None:
    with _watcher(tmp_path) as process:
        _until(process, "mode")
        assert process.stdout is not None
        process.stdout.close()
        (tmp_path / "a.csv").touch()
        assert process.wait(20) == 0


def test_without_file_handles_there_is_no_watch_and_it_says_what_to_raise() -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, limits[1]))
        with pytest.raises(NoWatch, match=r"fs\.inotify\.max_user_instances"):
            Hints()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def _hinted(hints: Hints) -> set[str]:
    select.select([hints.fileno()], [], [], 20)
    return {Path(path).name for path in hints.read()}


def test_a_watch_names_what_happened_and_follows_a_folder_to_its_new_name(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    hints = Hints()
    try:
        hints.add(str(tmp_path / "a"))
        hints.add(str(tmp_path / "missing"))
        assert hints.read() == set()
        (tmp_path / "a" / os.fsdecode(b"caf\xe9.csv")).touch()
        assert _hinted(hints) == {os.fsdecode(b"caf\xe9.csv")}
        (tmp_path / "a").rename(tmp_path / "b")
        assert _hinted(hints) == {"a"}
        hints.add(str(tmp_path / "b"))
        hints.drop(str(tmp_path / "a"))  # it has that watch no more
        (tmp_path / "b" / "x.csv").touch()
        assert hints.read() == {str(tmp_path / "b" / "x.csv")}
        shutil.rmtree(tmp_path / "b")
        assert "b" in _hinted(hints)
        (tmp_path / "b").mkdir()
        hints.add(str(tmp_path / "b"))  # another folder of that name, and perhaps of that inode
        (tmp_path / "b" / "y.csv").touch()
        assert hints.read() == {str(tmp_path / "b" / "y.csv")}
    finally:
        hints.close()


def test_a_queue_that_ran_over_is_told(tmp_path: Path) -> None:
    room = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    if room > 100_000:
        pytest.skip("the queue is too long to be filled here")
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file in files:
        file.touch()
    hints = Hints()
    try:
        hints.add(str(tmp_path))
        for number in range(room + 1):
            os.utime(files[number % 2])  # equal events in a row are one
        assert hints.read() == set(map(str, files))
        assert hints.overflown
    finally:
        hints.close()


def test_without_inotify_watches_it_polls_and_says_what_to_raise(tmp_path: Path) -> None:
    wrapper = ("unshare", "--user", "--map-root-user", "sh", "-c")
    limited = 'echo 2 > /proc/sys/user/max_inotify_watches && exec "$@"'
    if (
        shutil.which("unshare") is None
        or subprocess.run([*wrapper, limited, "sh", "true"], check=False).returncode
    ):
        pytest.skip("no user namespace with its own inotify limits here")
    for name in "abc":
        (tmp_path / name).mkdir()
    with _watcher(tmp_path, wrapper=(*wrapper, limited, "sh")) as process:
        mode = _until(process, "mode")[-1]
        assert mode[1] == "polling"
        assert "no inotify watches are left for 4 folders" in mode[2]
        assert "fs.inotify.max_user_watches" in mode[2]
        (tmp_path / "c" / "seen.csv").touch()
        (changed,) = _until(process, "folders")[-1][1]
        assert changed[:2] == (f"{tmp_path.name}/c", ["seen.csv"])
