"""Finds styles, prompts and samples in a wheel, an editable install and a bare checkout."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """The folder `styles`, `prompts` or `samples`; FileNotFoundError when the installation lacks it."""
    for candidate in (_PACKAGE / "_resources" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"{name}/ is missing from this installation of Chimera TUI; reinstall it")


def child_command(module: str, *arguments: str) -> list[str]:
    """The command line that runs one of our modules in a process of its own."""
    return [sys.executable, "-m", module, *arguments]


def child_environment() -> dict[str, str]:
    """The environment for `child_command`: a bare checkout's package can be imported from any folder."""
    environment = dict(os.environ)
    parts = [str(_PACKAGE.parent), *filter(None, [environment.get("PYTHONPATH")])]
    environment["PYTHONPATH"] = os.pathsep.join(parts)
    environment.setdefault("MALLOC_ARENA_MAX", "2")  # glibc gives every thread one, which keeps what it had most
    return environment
