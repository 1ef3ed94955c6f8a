"""Where something may have happened: the kernel's inotify on exactly the folders that are listed.

A folder is watched before it is listed, so nothing falls between. Every event is only a hint to look again. Asked
of the C library itself: the libraries around it look for news many times a second or start threads, and tell
neither a queue that ran over nor names that are not UTF-8.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

_EVENT = struct.Struct("iIII")
"""`struct inotify_event`: watch, mask, cookie, length of the name that follows."""
_MODIFY, _ATTRIB, _CLOSE_WRITE = 0x2, 0x4, 0x8
_MOVED_FROM, _MOVED_TO, _CREATE, _DELETE = 0x40, 0x80, 0x100, 0x200
_DELETE_SELF, _MOVE_SELF = 0x400, 0x800
_OVERFLOW, _IGNORED = 0x4000, 0x8000
_ONLY_FOLDERS, _NO_LINKS, _NOT_UNLINKED = 0x1000000, 0x2000000, 0x4000000
_MASK = (
    _MODIFY | _ATTRIB | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _DELETE_SELF | _MOVE_SELF
    | _ONLY_FOLDERS | _NO_LINKS | _NOT_UNLINKED
)  # fmt: skip
_READ_BYTES = 1 << 18


class NoWatch(Exception):
    """inotify can not be used; the text says why and what to do."""


class Hints:
    """One inotify instance. Raises NoWatch when there is none to have."""

    def __init__(self) -> None:
        try:
            library = ctypes.CDLL(None, use_errno=True)
            start, self._add, self._remove = (
                library.inotify_init1, library.inotify_add_watch, library.inotify_rm_watch,
            )  # fmt: skip
        except (OSError, AttributeError) as error:
            raise NoWatch("this system has no inotify (now looking every second or so)") from error
        self._fd: int = start(os.O_CLOEXEC | os.O_NONBLOCK)
        if self._fd < 0:
            raise NoWatch(_reason(ctypes.get_errno(), 0))
        self._paths: dict[int, str] = {}
        self._watches: dict[str, int] = {}
        self._failed = 0
        self.overflown = False
        """Events were lost: look at everything. Whoever does so sets it back."""

    def fileno(self) -> int:
        """For `select`: readable when `read` has something."""
        return self._fd

    def add(self, path: str) -> None:
        """Watch a folder. One that is gone or may not be watched is passed over; `check` tells want of room."""
        if path in self._watches or self._failed:
            return
        watch: int = self._add(self._fd, os.fsencode(path), _MASK)
        if watch < 0:
            if (number := ctypes.get_errno()) in (errno.ENOSPC, errno.ENOMEM):
                self._failed = number
            return
        # a folder that was moved keeps its watch, and has it under its new path from now on
        before = self._paths.get(watch)
        if before is not None:
            self._watches.pop(before, None)
        self._paths[watch], self._watches[path] = path, watch

    def drop(self, path: str) -> None:
        """Watch a folder no more, if it was watched under this path."""
        watch = self._watches.pop(path, None)
        if watch is not None:
            del self._paths[watch]
            self._remove(self._fd, watch)  # fails when the folder is gone, and its watch with it

    def check(self, folders: int) -> None:
        """Raises NoWatch when one of so many folders found no room."""
        if self._failed:
            raise NoWatch(_reason(self._failed, folders))

    def read(self) -> set[str]:
        """Paths to look at; empty when nothing has happened. Never waits."""
        found: set[str] = set()
        while True:
            try:
                data = os.read(self._fd, _READ_BYTES)
            except BlockingIOError:
                return found
            self._take(data, found)

    def _take(self, data: bytes, found: set[str]) -> None:
        at = 0
        while at < len(data):
            watch, mask, _, length = _EVENT.unpack_from(data, at)
            at += _EVENT.size + length
            if mask & _OVERFLOW:
                self.overflown = True
                continue
            path = self._paths.get(watch)
            if path is None:
                continue
            if mask & _IGNORED:  # the kernel has dropped it, with the folder
                del self._paths[watch], self._watches[path]
            if length:
                name = os.fsdecode(data[at - length : at].rstrip(b"\0"))
                found.add(f"{path.rstrip('/')}/{name}")
            else:
                found.add(path)

    def close(self) -> None:
        os.close(self._fd)


def _reason(number: int, folders: int) -> str:
    if number in (errno.EMFILE, errno.ENFILE):
        return (
            "no inotify instance or file handle is left: "
            "sudo sysctl fs.inotify.max_user_instances=1024 (now looking every second or so)"
        )
    if number == errno.ENOSPC:
        return (
            f"no inotify watches are left for {folders:,} folders: "
            "sudo sysctl fs.inotify.max_user_watches=1048576 (now looking every second or so)"
        )
    return f"inotify can not be used: {os.strerror(number)} (now looking every second or so)"
