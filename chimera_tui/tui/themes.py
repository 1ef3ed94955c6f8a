"""The two themes: calm greys, one accent, and a colour for each meaning."""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="chimera-dark",
    dark=True,
    primary="#7aa2d4",
    secondary="#8f9bb3",
    accent="#6cc0c8",
    foreground="#d4d7dd",
    background="#14161a",
    surface="#191c21",
    panel="#21252c",
    success="#86b36b",
    warning="#d6a24e",
    error="#d9706b",
    variables={"border": "#343a44", "border-blurred": "#2a2f37", "text-muted": "#858d9a"},
)

LIGHT = Theme(
    name="chimera-light",
    dark=False,
    primary="#2c5c96",
    secondary="#5b6675",
    accent="#0d6d76",
    foreground="#22262c",
    background="#f7f7f4",
    surface="#efefeb",
    panel="#e4e5e1",
    success="#3d6f24",
    warning="#8a5a00",
    error="#a8322d",
    variables={"border": "#c3c6c2", "border-blurred": "#d3d5d1", "text-muted": "#666d76"},
)

THEMES = (DARK, LIGHT)
