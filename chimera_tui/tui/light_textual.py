"""Textual without its command palette, until it is opened: with its widgets and TLS it is 20 ms of a start.

Textual's app imports the palette for names that it uses only when that is opened. `leave_out`, before the first
import of Textual, puts stand-ins in their place; `bring_back` loads the palette and puts it where it belongs. For
versions of Textual that it was not tested with it does nothing.
"""

from __future__ import annotations

import sys
from abc import ABC
from importlib import import_module
from types import ModuleType

from chimera_tui.tui.textual_version import TESTED_VERSIONS, textual_version

_PALETTE = "textual.command"
_APP_NAMES = ("CommandListItem", "CommandPalette", "Provider", "SimpleProvider")
_THEME_NAMES = ("DiscoveryHit", "Hit", "Hits", "Provider")


class _StandIn(ModuleType):
    """The module `textual.command` until `bring_back`."""


class _Provider(ABC):  # noqa: B024  # of the same make as Textual's, whose place it holds among the bases of a class
    pass


def leave_out() -> None:
    """To be called before Textual is imported; does nothing when it was."""
    if "textual.app" in sys.modules or textual_version() not in TESTED_VERSIONS:
        return
    if not {"asyncio", "ssl"} & sys.modules.keys():
        sys.modules["ssl"] = None  # type: ignore[assignment]  # "not importable": asyncio does without TLS then
        import asyncio  # noqa: F401

        del sys.modules["ssl"]
    stand_in = _StandIn(_PALETTE)
    for name in (*_APP_NAMES, *_THEME_NAMES):
        setattr(stand_in, name, _Provider)
    sys.modules[_PALETTE] = stand_in


def bring_back() -> None:
    """Textual is whole again."""
    if not isinstance(sys.modules.get(_PALETTE), _StandIn):
        return
    del sys.modules[_PALETTE]
    palette, app, theme = (import_module(name) for name in (_PALETTE, "textual.app", "textual.theme"))
    for module, names in ((app, _APP_NAMES), (theme, _THEME_NAMES)):
        for name in names:
            setattr(module, name, getattr(palette, name))
    theme.ThemeProvider.__bases__ = (palette.Provider,)
