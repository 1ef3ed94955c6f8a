"""What a process of this machine is called."""

from __future__ import annotations

from chimera_tui.domain.names import printable


def process_name(pid: int) -> str:
    """Printable; empty when it is gone, hidden, or of another container."""
    import psutil

    try:
        return printable(psutil.Process(pid).name())
    except psutil.Error:
        return ""
