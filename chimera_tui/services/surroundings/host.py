"""What the machine is: operating system, processor, memory, and a name that only tells it from others."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import socket
from pathlib import Path

from chimera_tui.domain.environment import HostInfo
from chimera_tui.domain.names import printable

_CPUINFO = Path("/proc/cpuinfo")
_SALT = "chimera-tui:host:"
"""Fixed, so that results of one machine can be told to be of one machine, whoever compares them."""
_DIGITS = 12


def host_info(*, name_host: bool) -> HostInfo:
    """All but the GPUs and what runs on the machine. May block: it reads files."""
    hostname = socket.gethostname()
    return HostInfo(
        os=_operating_system(),
        kernel=f"{platform.system()} {platform.release()}",
        cpu=cpu_model(_text(_CPUINFO)) or platform.machine(),
        cpu_cores=_cores(),
        memory_total_bytes=_memory(),
        python=platform.python_version(),
        hostname_hash=hostname_hash(hostname),
        hostname=printable(hostname) if name_host else "",
    )


def hostname_hash(hostname: str) -> str:
    return hashlib.sha256((_SALT + hostname).encode(errors="surrogateescape")).hexdigest()[:_DIGITS]


def cpu_model(cpuinfo: str) -> str:
    """The processor's name in the text of `/proc/cpuinfo`; empty where it has none, as on many ARM machines."""
    for key in ("model name", "Model", "Hardware", "cpu model", "cpu"):
        found = re.search(rf"^{key}[ \t]*:[ \t]*(\S.*)$", cpuinfo, re.MULTILINE)
        if found:
            return printable(" ".join(found[1].split()))
    return ""


def _operating_system() -> str:
    try:
        return printable(platform.freedesktop_os_release().get("PRETTY_NAME", ""))
    except OSError:
        return platform.system()


def _cores() -> int | None:
    """Physical ones where the kernel tells, else those it schedules on."""
    import psutil

    return psutil.cpu_count(logical=False) or os.cpu_count()


def _memory() -> int | None:
    import psutil

    try:
        return psutil.virtual_memory().total
    except (OSError, KeyError, ValueError):  # a container may hide or fake the kernel's table
        return None


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""
