"""The environment that an Ollama server on this machine was started with, as far as it may be known."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from chimera_tui.domain.names import printable

_PROC = Path("/proc")
_GPU_CHOICE = frozenset(
    ("CUDA_VISIBLE_DEVICES", "GGML_VK_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "HSA_OVERRIDE_GFX_VERSION",
     "ROCR_VISIBLE_DEVICES")
)  # fmt: skip
_SECRET = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "AUTH")
_USER_IN_URL = re.compile(r"(?<=//)[^/@\s]*@")
_LONGEST = 500


def ollama_environment(hostname: str = "", proc: Path = _PROC) -> tuple[tuple[str, str], ...]:
    """`OLLAMA_*` and the variables that choose GPUs, by name; empty without a server that may be read.

    Where several servers run, what all of them agree on: nobody can tell from here which one answers. A name that
    sounds like a secret is left out, a user in an address and `hostname` are taken out of the values.
    """
    servers = [_relevant(environment, hostname) for environment in _servers(proc)]
    if not servers:
        return ()
    first, *others = servers
    return tuple(sorted(pair for pair in first.items() if all(pair in other.items() for other in others)))


def _servers(proc: Path) -> Iterator[Mapping[str, str]]:
    for name in os.listdir(proc) if proc.is_dir() else ():
        if not name.isdecimal():
            continue
        try:
            if _is_server((proc / name / "cmdline").read_bytes()):
                yield _environment((proc / name / "environ").read_bytes())
        except OSError:  # another user's, or it has ended meanwhile
            continue


def _is_server(command: bytes) -> bool:
    """`ollama serve`; the runners that it starts are `ollama runner …` and hold the same environment."""
    program, *arguments = command.rstrip(b"\0").split(b"\0")
    return program.rpartition(b"/")[2] == b"ollama" and arguments[:1] in ([b"serve"], [b"start"])


def _environment(block: bytes) -> dict[str, str]:
    texts = (entry.decode(errors="replace") for entry in block.split(b"\0"))
    return {name: value for name, separator, value in (text.partition("=") for text in texts) if separator}


def _relevant(environment: Mapping[str, str], hostname: str) -> dict[str, str]:
    return {
        printable(name): _told(value, hostname)
        for name, value in environment.items()
        if (name.startswith("OLLAMA_") or name in _GPU_CHOICE)
        and not any(word in name.upper() for word in _SECRET)
    }


def _told(value: str, hostname: str) -> str:
    value = _USER_IN_URL.sub("", value)
    if hostname:
        value = re.sub(rf"(?<![\w-]){re.escape(hostname)}(?![\w-])", "<host>", value, flags=re.IGNORECASE)
    return printable(value[:_LONGEST])
