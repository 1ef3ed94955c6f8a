"""The daemon's own share of the machine: itself and its children."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

_PROC = Path("/proc")
_USER, _SYSTEM, _START = 11, 12, 19
"""Places in `/proc/PID/stat` behind the name, see proc(5): the CPU time in ticks, and when the process started."""
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_READ_BYTES = 65536

Used = tuple[tuple[int, float], float]
"""(pid, start) and the CPU seconds since; where there is none the process is gone."""


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
        folder = f"{self._proc}/{pid}/task"
        try:
            children = [child for task in os.listdir(folder) for child in _children(f"{folder}/{task}")]
        except OSError:  # it has ended meanwhile
            return
        for child in children:
            yield from self._walk(child)

    def cpu_percent(self, at_ns: int, pids: Collection[int]) -> float | None:
        """Of one core since the call before, None in the first. `pids` are those of now.

        A child that came counts from its start; what one used that went since the call before is lost.
        """
        used = self._used if self._kernel_lists else _used_by_psutil
        now = dict(found for pid in pids if (found := used(pid)) is not None)
        before, seconds = self._before, (at_ns - self._before_ns) / 1e9
        self._before, self._before_ns = now, at_ns
        if before is None or seconds <= 0:
            return None
        return 100 * sum(max(0.0, spent - before.get(key, 0.0)) for key, spent in now.items()) / seconds

    def _used(self, pid: int) -> Used | None:
        """From the kernel's line of a process, at a fifth of what psutil does around it."""
        line = _read(f"{self._proc}/{pid}/stat")
        fields = line.rpartition(b")")[2].split()  # a name may hold spaces and brackets
        if len(fields) <= _START:
            return None
        user, system = int(fields[_USER]) / _TICKS_PER_S, int(fields[_SYSTEM]) / _TICKS_PER_S
        return (pid, int(fields[_START])), user + system


def _children(task: str) -> list[int]:
    return [int(child) for child in _read(f"{task}/children").split()]


def _read(path: str) -> bytes:
    """Empty when the process or thread has ended meanwhile."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(file, _READ_BYTES)
    except OSError:
        return b""
    finally:
        os.close(file)


def _tree_by_psutil(pid: int) -> frozenset[int]:
    import psutil

    try:
        return frozenset((pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))))
    except psutil.Error:
        return frozenset((pid,))


def _used_by_psutil(pid: int) -> Used | None:
    import psutil

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            times = process.cpu_times()
            return (pid, process.create_time()), times.user + times.system
    except psutil.Error:
        return None
