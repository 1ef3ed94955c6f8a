"""A run: both agents (or one) doing their workflow once, and what is kept of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.environment import Environment
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.flags import NOT_KNOWN, Flag, disturbances, tally
from chimera_tui.domain.grounding import Remark
from chimera_tui.domain.metrics import AgentState, AgentTotals, Offload, RequestMetrics
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.repair import Repair
from chimera_tui.domain.run_state import RunMode, RunState
from chimera_tui.domain.telemetry import TelemetrySummary
from chimera_tui.domain.verdicts import Tally

UNREPORTED = "the server left counters out"
_UNMEASURED = {
    RunState.RUNNING: "it still goes on",
    RunState.DONE: UNREPORTED,
    RunState.FAILED: "it failed",
    RunState.CANCELLED: "it was cancelled",
}
"""Why it is not known whether anything disturbed a run."""


def new_run_id() -> str:
    """Six characters, lower case, without look-alikes."""
    import secrets  # brings hashing with it, which a viewer's first frame does not need

    return "".join(secrets.choice("23456789abcdefghjkmnpqrstvwxyz") for _ in range(6))


def folder_name(run_id: str, started: datetime) -> str:
    """`<UTC time>-<id>`, e.g. `20261121T193342Z-k3v9qa`; sorts by time."""
    return f"{started.astimezone(UTC):%Y%m%dT%H%M%SZ}-{run_id}"


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What a person asks for with `r`, `5r`, `1`, `2` or `chimera run`."""

    agents: tuple[AgentId, ...] = (AgentId.A, AgentId.B)
    mode: RunMode = "together"
    repeat: int = 1
    """Measured runs, one after the other."""
    warmup: int = 0
    """Runs before them that are kept apart."""
    solo: bool = False
    """Also run each agent alone, as often as measured, so that a speedup can be told."""
    repair: bool = False
    """When all is measured, have the model mend the numbers of its report that the files contradict."""


@dataclass(frozen=True, slots=True)
class SeriesPlace:
    """Where a run stands in a series of repeats."""

    series_id: str
    """Same alphabet as a run's id."""
    index: int
    """Counts from 1 within its role."""
    of: int
    """How many runs of this role the series has."""
    role: Literal["warmup", "measured", "solo"] = "measured"


@dataclass(frozen=True, slots=True)
class AgentOutcome:
    """One agent's part of a finished run."""

    agent: AgentId
    state: AgentState
    settings: AgentSettings
    requests: tuple[RequestMetrics, ...]
    totals: AgentTotals
    ingest_ns: int
    analysis_ns: int
    report_ns: int
    """Wall time of each step, 0 for a step that was not reached."""
    files_analysed: int
    facts_cut: str = ""
    error: ErrorInfo | None = None
    offload: Offload | None = None
    """As measured last during the run."""
    grounding: Tally | None = None
    """Of the numbers of the report that is kept; None where it was not checked."""
    remarks: tuple[Remark, ...] = ()
    """What is wrong with that report besides its numbers."""
    repair: Repair | None = None
    """None where nothing was to be mended, or nobody asked for it."""

    @property
    def span_ns(self) -> int:
        return self.ingest_ns + self.analysis_ns + self.report_ns


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the history."""

    run_id: str
    state: RunState
    mode: RunMode
    started_utc: datetime
    wall_ns: int
    simulated: bool
    folder: str
    """Where the reports were saved, absolute; empty when nothing was."""
    agents: tuple[AgentOutcome, ...]
    flags: tuple[Flag, ...] = ()
    """What disturbed the measurement; such a run is left out of comparisons unless asked for."""
    telemetry: TelemetrySummary | None = None
    environment: Environment | None = None
    series: SeriesPlace | None = None
    campaign: CampaignPlace | None = None

    @property
    def energy_per_token_j(self) -> float | None:
        """Joule of all GPUs per generated token; None where power or tokens are not known."""
        tokens = [agent.totals.tokens for agent in self.agents]
        energy = self.telemetry.energy_j if self.telemetry else None
        if energy is None or not tokens or None in tokens:
            return None
        count = sum(each for each in tokens if each is not None)
        return energy / count if count else None

    @property
    def grounding(self) -> Tally | None:
        """Of all its reports' numbers together; None unless every one was checked."""
        told = [agent.grounding for agent in self.agents]
        if not told or None in told:
            return None
        return sum((each for each in told if each is not None), Tally())

    @property
    def grounding_score(self) -> float | None:
        """Supported numbers as a share of all claims, 0…1; None without any claim, or where a check is missing."""
        return None if self.grounding is None else self.grounding.score

    @property
    def is_measured(self) -> bool:
        """Whether a disturbance would have shown: the run is done, and every request's counters were reported."""
        asked = [agent.requests for agent in self.agents]
        reported = all(asked) and all(each.is_reported for requests in asked for each in requests)
        return self.state is RunState.DONE and bool(asked) and reported

    @property
    def is_clean(self) -> bool | None:
        """Whether nothing disturbed it, as far as is known; None, not known, when nothing could have shown."""
        if disturbances(self.flags):
            return False
        return True if self.is_measured else None

    @property
    def marks(self) -> str:
        """`⚑2 •1`, with a `?` where a run that is done could show no disturbance; empty without any of them."""
        blind = self.is_clean is None and self.state is RunState.DONE
        return " ".join(filter(None, (NOT_KNOWN if blind else "", tally(self.flags))))

    @property
    def verdict(self) -> str:
        """Whether it is clean and so may be compared, in words."""
        match self.is_clean:
            case False:
                return f"{tally(self.flags)}: left out of comparisons unless asked for"
            case True:
                return "clean: nothing is known to have disturbed it"
        return f"not known whether anything disturbed it: {_UNMEASURED[self.state]}"

    @property
    def overlap_efficiency(self) -> float | None:
        """(A's span + B's span) / (2 × wall): what older sweeps called efficiency. None unless both ran to their
        end: how much of a run was cut off says nothing."""
        if self.state is not RunState.DONE or len(self.agents) != 2 or self.wall_ns <= 0:
            return None
        return sum(agent.span_ns for agent in self.agents) / (2 * self.wall_ns)


@dataclass(frozen=True, slots=True)
class RunPage:
    """A part of the history."""

    total: int
    """How many runs there are in all."""
    runs: tuple[RunSummary, ...]
    """Newest first."""
