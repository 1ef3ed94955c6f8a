"""Where changed-part output may be used: the terminals it is known to fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

_ERASING = ("xterm", "alacritty", "kitty", "foot", "wezterm", "ghostty", "rxvt", "linux")
"""Their terminfo entries have `ech` and `bce`: erasing is possible and takes the background's colour."""
_MOVING = ("tmux", "screen")
"""They have `cup` and `cuf`, but their entries do not promise that erasing keeps the background."""


class Fit(NamedTuple):
    """What may be sent besides text, styles and movements to the right."""

    erases: bool
    """ECH and EL leave cells of the current background."""


def terminal_fit(environment: Mapping[str, str]) -> Fit | None:
    """What the terminal can do by its name, None for one that is not known."""
    name = environment.get("TERM", "")
    if environment.get("TERM_PROGRAM") == "Apple_Terminal":
        return None  # calls itself xterm, is not one
    if name.startswith(_MOVING):
        return Fit(erases=False)
    if name.startswith(_ERASING):
        inside = "TMUX" in environment or "STY" in environment
        return Fit(erases=not inside)
    return None
