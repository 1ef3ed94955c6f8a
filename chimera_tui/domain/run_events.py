"""The events of a run: these, and only these, make up the journal's account of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.environment import Environment
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.grounding import CheckedNumber, Grounds, Remark
from chimera_tui.domain.metrics import AgentState, Offload, Phase, RequestMetrics, Step
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_state import RunMode, RunState
from chimera_tui.domain.runs import RunSummary, SeriesPlace
from chimera_tui.domain.telemetry import TelemetrySample
from chimera_tui.domain.verdicts import Tally

ReloadBy = Literal["", "other agent", "run before", "other client"]
"""Whose load-time options were in effect before a reload; empty when nothing reloads or nobody knows."""


@dataclass(frozen=True, slots=True)
class RunStarted:
    run_id: str
    agents: tuple[AgentId, ...]
    mode: RunMode
    settings: tuple[AgentSettings, ...]
    """One per agent, in the order of `agents`."""
    started_utc: datetime
    at_ns: int
    """Monotonic clock at the same moment as `started_utc`."""
    simulated: bool = False
    series: SeriesPlace | None = None
    campaign: CampaignPlace | None = None
    kind: Literal["run_started"] = "run_started"

    @property
    def begun(self) -> RunSummary:
        """The line of a run that goes on: how it will end is not known, so no agent has an outcome."""
        return RunSummary(
            self.run_id,
            RunState.RUNNING,
            self.mode,
            self.started_utc,
            wall_ns=0,
            simulated=self.simulated,
            folder="",
            agents=(),
            series=self.series,
            campaign=self.campaign,
        )


@dataclass(frozen=True, slots=True)
class AgentStateChanged:
    run_id: str
    agent: AgentId
    state: AgentState
    at_ns: int
    step: Phase | None = None
    why: str = ""
    error: ErrorInfo | None = None
    kind: Literal["agent_state_changed"] = "agent_state_changed"


@dataclass(frozen=True, slots=True)
class FactsIngested:
    """The agent has its fact sheet."""

    run_id: str
    agent: AgentId
    files: int
    facts: int
    facts_left_out: int
    cut: str
    """Says what was left out to fit the context, else empty."""
    at_ns: int
    context_size: int | None = None
    """Tokens that prompt and answer may use together, as far as known."""
    grounds: Grounds | None = None
    """None in what an earlier version has told."""
    kind: Literal["facts_ingested"] = "facts_ingested"


@dataclass(frozen=True, slots=True)
class OffloadMeasured:
    """What `/api/ps` said of an agent's model: told when it is known, and again when it has changed."""

    run_id: str
    """Empty for a look at the servers while the agent does not work; that one is not journaled."""
    agent: AgentId
    offload: Offload
    at_ns: int
    """Monotonic clock when the answer was there."""
    kind: Literal["offload_measured"] = "offload_measured"


@dataclass(frozen=True, slots=True)
class RequestSent:
    run_id: str
    agent: AgentId
    step: Step
    at_ns: int
    """Stamp of the probe, just before the request was sent."""
    system: str
    prompt: str
    prompt_tokens_estimated: int | None = None
    """Before the server has counted them."""
    loaded_before: bool | None = None
    """Whether `/api/ps` listed the model just before; None when it was not asked."""
    reloads: tuple[str, ...] = ()
    """Load-time options that differ from those in effect as far as known."""
    reload_by: ReloadBy = ""
    undone: str = ""
    """What would have stayed in effect, e.g. `num_gpu 20`, so that the model was unloaded before; else empty."""
    kind: Literal["request_sent"] = "request_sent"


@dataclass(frozen=True, slots=True)
class Chunk:
    """One content-bearing line of the stream."""

    at_ns: int
    """Kernel receive time on the monotonic clock."""
    text: str
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class TokensArrived:
    """A batch of chunks, oldest first; batches may be merged, never reordered."""

    run_id: str
    agent: AgentId
    step: Step
    chunks: tuple[Chunk, ...]
    kind: Literal["tokens_arrived"] = "tokens_arrived"


@dataclass(frozen=True, slots=True)
class RequestFinished:
    """A request's stream has ended, well or badly."""

    run_id: str
    agent: AgentId
    metrics: RequestMetrics
    error: ErrorInfo | None = None
    kind: Literal["request_finished"] = "request_finished"


@dataclass(frozen=True, slots=True)
class NumbersChecked:
    """Some more lines of a text were checked against the files; told while it is written and after."""

    run_id: str
    agent: AgentId
    step: Step
    lines: int
    """Lines of the text that are checked by now."""
    numbers: tuple[CheckedNumber, ...]
    """The claims of the lines that were added, in reading order; what is no claim is left out."""
    kind: Literal["numbers_checked"] = "numbers_checked"


@dataclass(frozen=True, slots=True)
class TextChecked:
    """All of a text was checked; the last `NumbersChecked` of it came before."""

    run_id: str
    agent: AgentId
    step: Step
    tally: Tally
    remarks: tuple[Remark, ...] = ()
    problem: str = ""
    """Why it was not checked, or not whole; else empty."""
    lines: int = 0
    files: int = 0
    """Against how many; both 0 in what an earlier version has told."""
    kind: Literal["text_checked"] = "text_checked"


@dataclass(frozen=True, slots=True)
class RepairJudged:
    """Which text of an agent is kept, after the model was asked to mend the first one, or could not be asked."""

    run_id: str
    agent: AgentId
    taken: bool
    """Whether the mended text is the report now."""
    why: str
    at_ns: int
    kind: Literal["repair_judged"] = "repair_judged"


@dataclass(frozen=True, slots=True)
class ReportSaved:
    run_id: str
    folder: str
    """Absolute path, wire form."""
    files: tuple[str, ...]
    note: str = ""
    """Why the folder is not below the reports directory, else empty."""
    kind: Literal["report_saved"] = "report_saved"


@dataclass(frozen=True, slots=True)
class EnvironmentRecorded:
    """Hardware, software and models of a run."""

    run_id: str
    environment: Environment
    kind: Literal["environment_recorded"] = "environment_recorded"


@dataclass(frozen=True, slots=True)
class TelemetrySampled:
    """One second of hardware beside a run."""

    run_id: str
    sample: TelemetrySample
    kind: Literal["telemetry_sampled"] = "telemetry_sampled"


@dataclass(frozen=True, slots=True)
class RunFinished:
    """Last event of a run."""

    run_id: str
    summary: RunSummary
    kind: Literal["run_finished"] = "run_finished"


RunEvent = (
    RunStarted
    | AgentStateChanged
    | FactsIngested
    | OffloadMeasured
    | RequestSent
    | TokensArrived
    | RequestFinished
    | NumbersChecked
    | TextChecked
    | RepairJudged
    | ReportSaved
    | EnvironmentRecorded
    | TelemetrySampled
    | RunFinished
)
