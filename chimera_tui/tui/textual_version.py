"""Which Textual this is, told without importlib.metadata, and whether we know its inside."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

TESTED_VERSIONS = frozenset({"8.2.8"})
"""Versions of which parts without a public face are replaced: their output was compared cell for cell."""


def textual_version() -> str:
    """Read from the name of its installation: `textual.__version__` imports importlib.metadata for it (13 ms)."""
    spec = find_spec("textual")
    assert spec is not None and spec.origin is not None
    found = list(Path(spec.origin).parents[1].glob("textual-*.dist-info"))
    if len(found) == 1:
        return found[0].name[len("textual-") : -len(".dist-info")]
    import textual

    return textual.__version__
