"""Which style files are read when: those of the first frame at once, others when they are needed."""

from __future__ import annotations

from pathlib import Path

from textual.css.stylesheet import Stylesheet

from chimera_tui.resources import folder

FIRST = ("inventory_tree", "lines", "main")
"""To parse the others, and to try their rules on every widget, would take 15 ms of the first frame."""


def style_file(name: str) -> Path:
    return folder("styles") / f"{name}.tcss"


def read_styles(stylesheet: Stylesheet, *names: str) -> None:
    """Add files of `styles/` that are not there yet. They are parsed when the next widget gets its styles."""
    for name in names:
        path = style_file(name)
        if not stylesheet.has_source(str(path)):
            stylesheet.read(path)
