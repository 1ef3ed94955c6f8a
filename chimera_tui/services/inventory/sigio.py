"""Sleeps until there is something to read on descriptors that somebody else reads: the kernel's SIGIO.

watchfiles keeps inotify's descriptor to itself and looks at what came of it again and again. With SIGIO the kernel
says when it is worth a look, and nobody wakes up in between. Reading stays watchfiles' own.
"""

from __future__ import annotations

import fcntl
import os
import signal
from contextlib import suppress
from pathlib import Path

_SIGNALS = frozenset({signal.SIGIO})


class Sigio:
    """SIGIO for one thread: the one that makes this. It stays blocked there, so that it waits to be fetched."""

    def __init__(self) -> None:
        # where it is not blocked it would end the process; where it is, the kernel keeps it all the same
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)

    def watch(self, descriptor: int) -> None:
        """Tell of this descriptor from now on, also when its other end is closed. Raises OSError."""
        fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) | os.O_ASYNC)

    def wait(self, timeout_s: float) -> bool:
        """Whether something came since it was asked last, or within so long."""
        return signal.sigtimedwait(_SIGNALS, timeout_s) is not None


def inotify_descriptors() -> set[int]:
    """Those of this process; none where the kernel does not tell."""
    found = set()
    with suppress(OSError):
        for descriptor in Path("/proc/self/fd").iterdir():
            with suppress(OSError):
                if str(descriptor.readlink()) == "anon_inode:inotify":
                    found.add(int(descriptor.name))
    return found
