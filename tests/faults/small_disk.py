"""A disk of its own size that only one tree of processes sees: to be filled, and made read-only."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.daemon.daemons import House, house, write_reports
from tests.support import wait_until

_UNSHARE = ("unshare", "--user", "--map-root-user", "--mount")
_MOUNTED = 'mount -t tmpfs -o size="$1",mode=755 tmpfs "$0" && echo mounted && exec cat'


@dataclass
class SmallDisk:
    """Mounted as long as its keeper lives."""

    keeper: subprocess.Popen[bytes]
    folder: Path
    """Where the processes on it see it."""

    @property
    def seen(self) -> Path:
        """The same from outside."""
        return Path(f"/proc/{self.keeper.pid}/root{self.folder}")

    def outside(self, path: Path) -> Path:
        """Where a path on the disk is reached from here."""
        return self.seen / path.relative_to(self.folder)

    def inside(self) -> list[str]:
        """What stands before a command whose process shall see the disk."""
        return ["nsenter", "--target", str(self.keeper.pid), "--user", "--mount", "--preserve-credentials"]

    def fill(self) -> None:
        """Until not one byte more goes onto it."""
        with (self.seen / "filling").open("ab", buffering=0) as file:
            for piece in (1 << 20, 1 << 12, 1):
                with contextlib.suppress(OSError):
                    while True:
                        file.write(bytes(piece))

    def empty(self) -> None:
        (self.seen / "filling").unlink()

    def remount(self, mode: str) -> None:
        """`ro` or `rw`, as soon as nobody has a file open for writing."""
        wait_until(lambda: self._mount("-o", f"remount,{mode}", str(self.folder)), f"the disk to be {mode}")

    def protect(self, path: Path) -> None:
        """Make one folder on it read-only, whoever is at work there."""
        assert self._mount("--bind", str(path), str(path))
        assert self._mount("-o", "remount,bind,ro", str(path))

    def release(self, path: Path) -> None:
        assert self._mount("-o", "remount,bind,rw", str(path))

    def _mount(self, *words: str) -> bool:
        return not subprocess.run(
            [*self.inside(), "mount", *words], check=False, stderr=subprocess.DEVNULL
        ).returncode


@contextlib.contextmanager
def small_disk(folder: Path, size: str = "4m") -> Iterator[SmallDisk]:
    """Skips the test where no such disk can be made."""
    folder.mkdir()
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        pytest.skip("no unshare and nsenter here")
    command = [*_UNSHARE, "sh", "-c", _MOUNTED, str(folder), size]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as keeper:
        assert keeper.stdin is not None and keeper.stdout is not None
        try:
            if not keeper.stdout.readline():
                pytest.skip("no file system can be mounted in a user namespace here")
            yield SmallDisk(keeper, folder)
        finally:
            keeper.stdin.close()


@dataclass
class DiskHouse(House):
    """Its reports and its state lie on a small disk."""

    disk: SmallDisk = field(kw_only=True)

    def command(self, *more: str) -> list[str]:
        return [*self.disk.inside(), *super().command(*more)]

    def saved(self) -> list[Path]:
        """Runs whose reports lie below the reports directory."""
        return sorted(self.disk.outside(self.root).glob("chimera_runs/*/metrics.json"))


@contextlib.contextmanager
def house_on(disk: SmallDisk, **variables: str) -> Iterator[DiskHouse]:
    """One daemon's folders; its socket lies elsewhere, as in life."""
    write_reports(disk.seen / "reports")
    variables["CHIMERA_STATE_DIR"] = str(disk.folder / "state")
    with house(disk.folder / "reports", **variables) as made:
        yield DiskHouse(made.root, made.environment, made.extra, made.demo, disk=disk)
