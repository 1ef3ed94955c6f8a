"""How a run goes and where it stands."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

RunMode = Literal["together", "sequence"]
"""Together: both agents get the shared facts. Sequence: B gets A's finished inventory."""


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
