"""The daemon's command line."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chimera_tui.daemon.lifecycle import FIRST_GRACE_S


@dataclass(frozen=True, slots=True)
class Arguments:
    roots: tuple[Path, ...]
    """Absolute."""
    flags: dict[str, str]
    """Settings by full name, as if they were flags of the command line."""
    config: Path | None
    demo: bool
    simulator_flags: tuple[str, ...]
    detach: bool
    grace_s: float


def parse(words: Sequence[str] | None = None) -> Arguments:
    """Raises SystemExit(2) for a command line that argparse refuses."""
    parser = argparse.ArgumentParser(
        prog="python -m chimera_tui.daemon",
        description="Serve one reports directory. Prints one JSON line: {ready: socket} or {error: …}.",
        allow_abbrev=False,
    )
    parser.add_argument("--roots", nargs="+", required=True, type=Path, metavar="DIR")
    parser.add_argument(
        "--set", action="append", default=[], type=_pair, metavar="NAME=VALUE", help="e.g. agents.a.num_gpu=20"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="read this chimera.toml and no other")
    parser.add_argument("--demo", action="store_true", help="let both agents talk to the built-in simulator")
    parser.add_argument("--simulator-flags", type=shlex.split, default=[], metavar="FLAGS", help="for --demo")
    parser.add_argument("--detach", action="store_true", help="leave the process that started this one")
    parser.add_argument(
        "--grace", type=float, default=FIRST_GRACE_S, metavar="S", help="for the first viewer to attach"
    )
    found = parser.parse_args(words)
    return Arguments(
        roots=tuple(root.expanduser().absolute() for root in found.roots),
        flags=dict(found.set),
        config=found.config.absolute() if found.config else None,
        demo=found.demo,
        simulator_flags=tuple(found.simulator_flags),
        detach=found.detach,
        grace_s=found.grace,
    )


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise argparse.ArgumentTypeError(f"write NAME=VALUE, not {text!r}")
    return name, value
