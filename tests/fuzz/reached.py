"""Which lines of the program an input reaches."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import chimera_tui

_OURS = str(Path(chimera_tui.__file__).parent)
Line = tuple[str, int]


def reached(check: Callable[[bytes], None], data: bytes) -> set[Line]:
    """Lines of this package that `check` runs; whatever it raises is raised."""
    lines: set[Line] = set()

    def on_line(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            lines.add((frame.f_code.co_filename, frame.f_lineno))
        return on_line

    def on_call(frame: FrameType, event: str, argument: Any) -> Any:
        return on_line if frame.f_code.co_filename.startswith(_OURS) else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        check(data)
    finally:
        sys.settrace(before)
    return lines
