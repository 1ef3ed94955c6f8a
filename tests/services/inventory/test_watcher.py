"""The watcher process by itself: what it says over its pipes."""

from __future__ import annotations

import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chimera_tui.services import pipes
from chimera_tui.services.inventory.roots import resolve_roots

_COMMAND = [sys.executable, "-P", "-m", "chimera_tui.services.inventory.watcher"]


@contextmanager
def _watcher(
    root: Path, *, before: Callable[[], None] | None = None, wrapper: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen[bytes]]:
    command = [*wrapper, *_COMMAND]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=before) as process:
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


def test_what_came_and_went_together_is_told_in_one_frame(tmp_path: Path) -> None:
    for name in ("gone.csv", "stays.csv"):
        (tmp_path / name).write_text("x\n1\n")
    with _watcher(tmp_path) as process:
        _until(process, "mode")
        process.send_signal(signal.SIGSTOP)
        (tmp_path / "stays.csv").rename(tmp_path / "moved.csv")
        (tmp_path / "gone.csv").unlink()
        (tmp_path / "new.csv").write_text("x\n")
        process.send_signal(signal.SIGCONT)
        told = {"changed": set[str](), "removed": set[str]()}
        while told != {"changed": {f"{tmp_path.name}/moved.csv", f"{tmp_path.name}/new.csv"},
                       "removed": {f"{tmp_path.name}/gone.csv", f"{tmp_path.name}/stays.csv"}}:  # fmt: skip
            _, changed, removed, _ = _until(process, "files")[-1]
            told["changed"].update(path for path, *_ in changed)
            told["removed"].update(removed)
            assert changed, "what went was told apart from what came"


def test_it_leaves_without_a_word_when_nobody_listens(tmp_path: Path) -> None:
    with _watcher(tmp_path) as process:
        _until(process, "mode")
        assert process.stdout is not None
        process.stdout.close()
        (tmp_path / "a.csv").touch()
        assert process.wait(20) == 0


def test_without_file_handles_for_inotify_it_polls_and_says_what_to_raise(tmp_path: Path) -> None:
    with _watcher(tmp_path, before=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (5, 5))) as process:
        mode = _until(process, "mode")[-1]
        assert mode[1] == "polling"
        assert "fs.inotify.max_user_instances" in mode[2]
        (tmp_path / "seen.csv").touch()
        (changed,) = _until(process, "folders")[-1][1]
        assert changed[:2] == (tmp_path.name, ["seen.csv"])


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
