"""Files of ours that nobody else may read, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write_private(path: Path, content: bytes) -> None:
    """In the place of what is there, once the disk has it. Raises OSError."""
    fresh = path.with_name(f"{path.name}.tmp")
    fresh.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


def set_aside(path: Path) -> Path:
    """Give a damaged file another name, where that can be done; the one it has then."""
    broken = path.with_name(f"{path.name}.broken")
    with contextlib.suppress(OSError):
        path.replace(broken)
        return broken
    return path
