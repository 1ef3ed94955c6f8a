"""Screens that nobody can see are not drawn."""

from __future__ import annotations

from typing import Any

from textual.app import App
from textual.screen import Screen


class HidingApp(App[None]):
    """For Textual the screen behind is always seen, and has the whole one on top sent anew when it changes."""

    @property
    def _background_screens(self) -> list[Screen[Any]]:
        """Those that are seen through the one on top: none when that is opaque."""
        return [] if self.screen.styles.background.a == 1 else super()._background_screens
