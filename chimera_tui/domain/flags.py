"""Why a run's numbers are not what a clean run would have shown: one flag per cause."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from chimera_tui.domain.metrics import Step
from chimera_tui.domain.options import AgentId


class Cause(StrEnum):
    """What disturbed a measurement; the words are what the screen and the files say."""

    QUEUED = "queued behind the other agent"
    RELOAD_OTHER_AGENT = "reload: the other agent's load-time options differ"
    RELOAD_RUN_BEFORE = "reload: the load-time options of the run before differ"
    RELOAD_OTHER_CLIENT = "reload: another client had loaded it otherwise"
    COLD_LOAD = "cold load"
    PROMPT_CACHED = "cached prompt"
    PROMPT_TRUNCATED = "truncated prompt"
    PARTIAL_OFFLOAD = "partial offload"
    THROTTLED = "throttled clock"
    OTHER_GPU_PROCESS = "other GPU processes"
    SHORT_OUTPUT = "short output"
    NO_DONE = "no done line"
    CLAMPED = "parts overran the whole"
    """The server's parts sum to more than the client's TTFT: something was counted twice or a clock stepped."""


@dataclass(frozen=True, slots=True)
class Flag:
    """One cause, with the figures that show it."""

    cause: Cause
    text: str
    """A sentence with the figures, e.g. `waited 24.5 s in the queue of 127.0.0.1:11434`."""
    agent: AgentId | None = None
    step: Step | None = None
    wait_ns: int | None = None
    """How much of a wait the cause explains, where it is one."""
