"""What the machine does at one moment: CPU, memory, load, disks."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

from chimera_tui.domain.telemetry import HostSample
from chimera_tui.services.telemetry.own import OwnProcesses

_BLOCK_DEVICES = Path("/sys/block")


class Host:
    """What is a rate is one between two calls of `sample`, all of them in one thread."""

    def __init__(self, own: OwnProcesses) -> None:
        self._own = own
        self._disks = Disks()
        self._first = True

    def sample(self, at_ns: int, own: Collection[int]) -> HostSample:
        """`own` are the pids of the daemon and its children."""
        import psutil

        used, total = _memory()
        read, written = self._disks.rates(at_ns)
        busy = psutil.cpu_percent(interval=None)
        first, self._first = self._first, False
        return HostSample(
            # psutil remembers the last call of each thread; what it says at the first one means nothing
            cpu_percent=None if first else busy,
            memory_used_bytes=used,
            memory_total_bytes=total,
            load_1m=os.getloadavg()[0],
            disk_read_bytes_per_s=read,
            disk_write_bytes_per_s=written,
            own_cpu_percent=self._own.cpu_percent(at_ns, own),
        )


def _memory() -> tuple[int | None, int | None]:
    import psutil

    try:
        memory = psutil.virtual_memory()
    except (OSError, KeyError, ValueError):  # a container may hide or fake the kernel's table
        return None, None
    return memory.total - memory.available, memory.total


class Disks:
    """Bytes read and written by the disks that are hardware.

    LVM, RAID, encryption, loop and zram devices would count a byte once more.
    """

    def __init__(self, block_devices: Path = _BLOCK_DEVICES) -> None:
        names = os.listdir(block_devices) if block_devices.is_dir() else []
        self._names = frozenset(name for name in names if (block_devices / name / "device").exists())
        self._before: tuple[int, int] | None = None
        self._before_ns = 0

    def rates(self, at_ns: int) -> tuple[float | None, float | None]:
        """Bytes per second since the call before: None in the first, without disks, and for a sum that went down
        since a disk was taken away."""
        now = self._counted()
        before, seconds = self._before, (at_ns - self._before_ns) / 1e9
        self._before, self._before_ns = now, at_ns
        if before is None or now is None or seconds <= 0:
            return None, None
        read, written = (later - earlier for earlier, later in zip(before, now, strict=True))
        return (read / seconds if read >= 0 else None), (written / seconds if written >= 0 else None)

    def _counted(self) -> tuple[int, int] | None:
        import psutil

        try:
            disks = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
        except (OSError, NotImplementedError, ValueError):  # not every container has the kernel's tables
            return None
        ours = [counters for name, counters in disks.items() if name in self._names]
        return (sum(c.read_bytes for c in ours), sum(c.write_bytes for c in ours)) if ours else None
