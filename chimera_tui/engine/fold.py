"""The fold of a whole run's events: every agent's metrics, the run's state and its summary."""

from __future__ import annotations

from datetime import datetime

from chimera_tui.analysis.causes import classify
from chimera_tui.analysis.causes_evidence import RunEvidence
from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.environment import Environment
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    EnvironmentRecorded,
    FactsIngested,
    OffloadMeasured,
    RepairJudged,
    ReportSaved,
    RequestFinished,
    RequestSent,
    RunEvent,
    RunFinished,
    RunStarted,
    TelemetrySampled,
    TokensArrived,
)
from chimera_tui.domain.run_state import RunMode, RunState
from chimera_tui.domain.runs import RunSummary, SeriesPlace
from chimera_tui.domain.telemetry import TelemetrySample, summarise
from chimera_tui.engine.agent_fold import AgentFold


class RunFold:
    """A whole run: feed it the events in order, ask it at any time."""

    def __init__(self) -> None:
        self.run_id = ""
        self.agents: dict[AgentId, AgentFold] = {}
        self.folder = ""
        self.summary: RunSummary | None = None
        self.environment: Environment | None = None
        self._samples: list[TelemetrySample] = []
        self._series: SeriesPlace | None = None
        self._campaign: CampaignPlace | None = None
        self._mode: RunMode = "together"
        self._started_utc: datetime | None = None
        self._started_ns = 0
        self._last_ns = 0
        self._simulated = False

    def apply(self, event: RunEvent) -> None:
        match event:
            case RunStarted():
                self._start(event)
            case ReportSaved(folder=folder):
                self.folder = folder
            case RunFinished(summary=summary):
                self.summary = summary
            case EnvironmentRecorded(environment=environment):
                self.environment = environment
            case TelemetrySampled(sample=sample):
                self._samples.append(sample)
            case _:
                self._last_ns = max(self._last_ns, _latest_ns(event))
                self.agents[event.agent].apply(event)

    def _start(self, event: RunStarted) -> None:
        self.run_id, self._mode, self._simulated = event.run_id, event.mode, event.simulated
        self._started_utc, self._started_ns = event.started_utc, event.at_ns
        self._series, self._campaign = event.series, event.campaign
        self._last_ns = event.at_ns
        self.agents = {
            agent: AgentFold(agent, settings, event.at_ns)
            for agent, settings in zip(event.agents, event.settings, strict=True)
        }

    @property
    def today(self) -> str:
        """The UTC date on which the run began."""
        return f"{self._started_utc:%Y-%m-%d}" if self._started_utc is not None else ""

    @property
    def last_ns(self) -> int:
        """Monotonic time of the newest event: "now" for a replay."""
        return self._last_ns

    @property
    def state(self) -> RunState:
        """Done when every agent is; failed or cancelled when one is and none goes on."""
        states = [fold.state for fold in self.agents.values()]
        if any(state.is_active or state is AgentState.IDLE for state in states):
            return RunState.RUNNING
        if AgentState.CANCELLED in states:
            return RunState.CANCELLED
        return RunState.FAILED if AgentState.FAILED in states else RunState.DONE

    def summarise(self, ended_ns: int) -> RunSummary:
        """The run as it stands, ended at this moment of the monotonic clock."""
        assert self._started_utc is not None, "summarise() needs a started run"
        telemetry = summarise(self._samples_until(ended_ns), (self._started_ns, ended_ns))
        agents = tuple(fold.evidence() for fold in self.agents.values())
        return RunSummary(
            run_id=self.run_id,
            state=self.state,
            mode=self._mode,
            started_utc=self._started_utc,
            wall_ns=max(0, ended_ns - self._started_ns),
            simulated=self._simulated,
            folder=self.folder,
            agents=tuple(fold.outcome() for fold in self.agents.values()),
            flags=classify(RunEvidence(agents, telemetry if self._is_local else None)),
            telemetry=telemetry,
            environment=self.environment,
            series=self._series,
            campaign=self._campaign,
        )

    def _samples_until(self, ended_ns: int) -> list[TelemetrySample]:
        """What a repair costs the machine is not of the run; one sample behind the end bounds its energy."""
        within = sum(sample.at_ns < ended_ns for sample in self._samples)
        return self._samples[: within + 1]

    @property
    def _is_local(self) -> bool:
        """Whether the hardware that was sampled ran a model; so it is believed unless the run says otherwise."""
        return self.environment is None or any(model.host_is_local for model in self.environment.models)

    def summarise_ended(self) -> RunSummary:
        """The summary of a run that ended when the last of its agents did."""
        ends = [fold.ended_ns for fold in self.agents.values() if fold.ended_ns is not None]
        return self.summarise(max(ends, default=self._last_ns))


def _latest_ns(event: RunEvent) -> int:
    match event:
        case TokensArrived(chunks=chunks):
            return chunks[-1].at_ns if chunks else 0
        case RequestFinished(metrics=metrics):
            return metrics.client.closed_ns or 0
        case AgentStateChanged() | FactsIngested() | OffloadMeasured() | RequestSent() | RepairJudged():
            return event.at_ns
        case _:
            return 0
