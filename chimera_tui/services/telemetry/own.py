"""The daemon's own share of the machine: itself and its children."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

_PROC = Path("/proc")


class OwnProcesses:
    """The tree below one process, and the CPU time that it used between two calls."""

    def __init__(self, pid: int, proc: Path = _PROC) -> None:
        self._pid = pid
        self._proc = proc
        self._kernel_lists = (proc / str(pid) / "task" / str(pid) / "children").exists()
        self._before: dict[tuple[int, float], float] | None = None
        self._before_ns = 0

    def pids(self) -> frozenset[int]:
        """The process and everything below it.

        The kernel's lists of children cost 20 µs for each of ours; psutil, asked where they are not compiled in,
        looks at every process of the machine, at 16 µs each.
        """
        return frozenset(self._walk(self._pid)) if self._kernel_lists else _tree_by_psutil(self._pid)

    def _walk(self, pid: int) -> Iterator[int]:
        yield pid
        folder = self._proc / str(pid) / "task"
        try:
            children = [child for task in os.listdir(folder) for child in _children(folder / task)]
        except OSError:  # it has ended meanwhile
            return
        for child in children:
            yield from self._walk(child)

    def cpu_percent(self, at_ns: int, pids: Collection[int]) -> float | None:
        """Of one core since the call before, None in the first. `pids` are those of now.

        A child that came counts from its start; what one used that went since the call before is lost.
        """
        now = dict(used for pid in pids if (used := _used(pid)) is not None)
        before, seconds = self._before, (at_ns - self._before_ns) / 1e9
        self._before, self._before_ns = now, at_ns
        if before is None or seconds <= 0:
            return None
        return 100 * sum(max(0.0, used - before.get(key, 0.0)) for key, used in now.items()) / seconds


def _children(task: Path) -> list[int]:
    try:
        return [int(child) for child in (task / "children").read_text().split()]
    except OSError:  # the thread has ended meanwhile
        return []


def _tree_by_psutil(pid: int) -> frozenset[int]:
    import psutil

    try:
        return frozenset((pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))))
    except psutil.Error:
        return frozenset((pid,))


def _used(pid: int) -> tuple[tuple[int, float], float] | None:
    """(pid, start) and the CPU seconds since; None for a process that is gone."""
    import psutil

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            return (pid, process.create_time()), times.user + times.system
    except psutil.Error:
        return None
