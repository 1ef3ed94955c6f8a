"""The child processes of this test process."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def children() -> set[int]:
    found: set[int] = set()
    for thread in Path(f"/proc/{os.getpid()}/task").iterdir():
        with suppress(OSError):  # a thread that has just ended
            found.update(map(int, (thread / "children").read_text().split()))
    return found


def probes() -> set[int]:
    """Of all children, those that read a stream: another test's server may live beside."""
    return {pid for pid in children() if b"ollama.probe" in Path(f"/proc/{pid}/cmdline").read_bytes()}
