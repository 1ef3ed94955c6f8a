"""What a person chose, from `chimera.toml`, the environment and flags, and where each value came from."""

from chimera_tui.settings.load import load
from chimera_tui.settings.model import (
    DaemonSettings,
    InventorySettings,
    Origin,
    RunSettings,
    Settings,
    ViewerSettings,
)

__all__ = [
    "DaemonSettings",
    "InventorySettings",
    "Origin",
    "RunSettings",
    "Settings",
    "ViewerSettings",
    "load",
]
