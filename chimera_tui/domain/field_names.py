"""What the names of columns and keys tell of their numbers."""

from __future__ import annotations

import re

from chimera_tui.domain.units import TIME_UNITS_S

_TTFT = re.compile(r"ttft|first[ _]token", re.IGNORECASE)
_DERIVED = re.compile(
    r"(?:^|[^a-z])(?:std|stdev|stddev|sd|se|cv|var|variance|deviation|error|delta|diff|change|gain|improvement|"
    r"ratio|speedup|target|goal|threshold|limit|sum|total)(?:[^a-z]|$)",
    re.IGNORECASE,
)


def is_rate(name: str, unit: str) -> bool:
    """A measured throughput: tok/s, and no spread, difference, target or sum."""
    return unit == "tok/s" and not _DERIVED.search(name)


def is_ttft(name: str, unit: str) -> bool:
    """A measured time to first token, in a unit of time."""
    return unit in TIME_UNITS_S and bool(_TTFT.search(name)) and not _DERIVED.search(name)
