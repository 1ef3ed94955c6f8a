"""Why a run's numbers are not what a clean run would have shown: one flag per cause."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from chimera_tui.domain.metrics import Step
from chimera_tui.domain.options import AgentId

DISTURBS, TOLD = "⚑", "•"
NOT_KNOWN = "?"
"""Stands in their place where nothing could have shown a disturbance."""


class Cause(StrEnum):
    """What a run's numbers have to be read with; the words are what the screen and the files say."""

    QUEUED = "queued behind the other agent"
    QUEUED_ELSEWHERE = "queued at the server"
    """Nothing of ours was in front: another client, or the server itself."""
    RELOAD_OTHER_AGENT = "reload: the other agent's load-time options differ"
    RELOAD_RUN_BEFORE = "reload: the load-time options of the run before differ"
    RELOAD_OTHER_CLIENT = "reload: another client had loaded it otherwise"
    COLD_LOAD = "cold load"
    UNEXPLAINED = "unexplained wait"
    """A large share of TTFT is in no counter of the server: the network, a proxy, a first token that came late."""
    PROMPT_CACHED = "cached prompt"
    PROMPT_TRUNCATED = "truncated prompt"
    PARTIAL_OFFLOAD = "partial offload"
    THROTTLED = "throttled clock"
    OTHER_GPU_PROCESS = "other GPU processes"
    SHORT_OUTPUT = "short output"
    NO_DONE = "no done line"
    CLAMPED = "parts overran the whole"
    """The server's parts sum to more than the client's TTFT: something was counted twice or a clock stepped."""

    @property
    def sign(self) -> str:
        """`⚑` for what disturbs, `•` for what is only told; the same on every screen and in every file."""
        return DISTURBS if self.disturbs else TOLD

    @property
    def disturbs(self) -> bool:
        """Whether a run with it stays out of comparisons unless asked for.

        Three are only told: a cached prompt withholds the prefill rate, and every repeat has one; a partial
        offload is the same in every repeat, and often what a sweep is about; an unexplained wait names nothing
        that disturbed, and behind a slow network it is the same in every repeat too.
        """
        return self not in _TOLD_ONLY


_TOLD_ONLY = frozenset({Cause.UNEXPLAINED, Cause.PROMPT_CACHED, Cause.PARTIAL_OFFLOAD})


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


def disturbances(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """The flags that keep a run out of comparisons; a run without any is not therefore clean, see `RunSummary`."""
    return tuple(flag for flag in flags if flag.cause.disturbs)


def tally(flags: Iterable[Flag]) -> str:
    """`⚑2 •1`: how many causes disturb and how many are only told, empty without any.

    A cause counts once, whomever and however often it hit.
    """
    causes = {flag.cause for flag in flags}
    counts = {sign: sum(cause.sign == sign for cause in causes) for sign in (DISTURBS, TOLD)}
    return " ".join(f"{sign}{count}" for sign, count in counts.items() if count)
