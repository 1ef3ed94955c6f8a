"""What a server's words mean: model names with and without tag, and the simulator's version."""

from __future__ import annotations

SIMULATOR_MARK = "chimera-simulator"
"""Part of the version string by which the built-in simulator makes itself known."""


def is_simulated(version: str) -> bool:
    """Whether a server of this version string is the built-in simulator."""
    return SIMULATOR_MARK in version


def with_tag(model: str) -> str:
    """The name in full, in small letters: `:latest` is what no tag means, and case does not count."""
    name = model.strip().casefold()
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def same_model(first: str, second: str) -> bool:
    return with_tag(first) == with_tag(second)
