"""Which Textual this is, told without importlib.metadata."""

from __future__ import annotations

from pathlib import Path

import textual


def textual_version() -> str:
    """Read from the name of its installation: `textual.__version__` imports importlib.metadata for it (13 ms)."""
    found = list(Path(textual.__file__).parents[1].glob("textual-*.dist-info"))
    return found[0].name[len("textual-") : -len(".dist-info")] if len(found) == 1 else textual.__version__
