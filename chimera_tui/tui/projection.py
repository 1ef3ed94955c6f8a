"""The viewer's picture of the world: the fold of the event stream, without any truth of its own."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.events import (
    Attached,
    CaughtUp,
    Event,
    FactsRead,
    MetricsUpdated,
    ModelInfo,
    Notice,
    ScanFinished,
    ServerLost,
    ServerSeen,
    SettingsChanged,
    WatchModeChanged,
)
from chimera_tui.domain.load_conflict import LoadDifference, load_time_differences
from chimera_tui.domain.metrics import AgentState, LiveMetrics, Offload
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    OffloadMeasured,
    ReportSaved,
    RequestFinished,
    RequestSent,
    RunFinished,
    RunStarted,
    TelemetrySampled,
)
from chimera_tui.domain.runs import RunMode, RunState, RunSummary
from chimera_tui.domain.series import SeriesEnded, SeriesWaits
from chimera_tui.domain.servers import same_model
from chimera_tui.domain.telemetry import TelemetrySample
from chimera_tui.tui.series_progress import SeriesProgress

SAMPLES_KEPT = 120
"""Two minutes of telemetry at one sample a second."""


@dataclass(slots=True)
class AgentView:
    """One agent as it is known here."""

    settings: AgentSettings | None = None
    """Of the next request."""
    asked: AgentSettings | None = None
    """Of the run that is shown."""
    reloads: tuple[str, ...] = ()
    """Load-time options that differ from the model as it is loaded, by what was told last."""
    offload: Offload | None = None
    """As measured during the run that is shown, never before it or by what is loaded afterwards."""
    metrics: LiveMetrics = field(default_factory=lambda: LiveMetrics(AgentState.IDLE))
    error: ErrorInfo | None = None
    waits: tuple[tuple[AgentState, int], ...] = ()
    """What the newest request was seen waiting for, each with its begin on the monotonic clock."""


@dataclass(slots=True)
class Projection:
    """Apply events in order; read the fields."""

    attached: Attached | None = None
    caught_up: bool = False
    agents: dict[AgentId, AgentView] = field(default_factory=lambda: {agent: AgentView() for agent in AgentId})
    servers: dict[str, ServerSeen | ErrorInfo] = field(default_factory=dict)
    run_id: str = ""
    run_agents: tuple[AgentId, ...] = ()
    run_mode: RunMode = "together"
    run_state: RunState | None = None
    run_simulated: bool = False
    summary: RunSummary | None = None
    """Of the run that is shown, once it has ended."""
    progress: SeriesProgress = field(default_factory=SeriesProgress)
    samples: deque[TelemetrySample] = field(default_factory=lambda: deque(maxlen=SAMPLES_KEPT))
    saved_in: str = ""
    saved_note: str = ""
    """Why the reports are not below the reports directory, else empty."""
    scanned: bool = False
    watch_mode: Literal["inotify", "polling", "off"] | None = None
    watch_reason: str = ""
    facts: FactsRead | None = None
    notice: Notice | None = None

    @property
    def running(self) -> bool:
        return self.run_state is RunState.RUNNING

    @property
    def waiting(self) -> bool:
        """Whether a series waits to make a run again that failed."""
        return self.progress.waits is not None

    @property
    def busy(self) -> bool:
        """Whether something runs or is about to: nothing else can be begun, and it can be cancelled."""
        return self.running or self.waiting

    @property
    def simulated(self) -> bool:
        """Whether any agent's server is the simulator, or the run that is shown was made with it."""
        hosts = {view.settings.host for view in self.agents.values() if view.settings}
        seen = [server for host, server in self.servers.items() if host in hosts]
        return self.run_simulated or any(isinstance(s, ServerSeen) and s.simulated for s in seen)

    @property
    def conflict(self) -> tuple[LoadDifference, ...]:
        """Load-time options over which the agents would fight on one server."""
        first, second = (self.agents[agent].settings for agent in AgentId)
        return () if first is None or second is None else self._fight(first, second, AgentId.A)

    def _fight(self, first: AgentSettings, second: AgentSettings, agent: AgentId) -> tuple[LoadDifference, ...]:
        """`agent` is one whose model these settings name."""
        model = self._model(agent)
        blocks, context = (model.block_count, model.context_length) if model else (None, None)
        return load_time_differences(first, second, block_count=blocks, context_length=context)

    @property
    def series_left_ns(self) -> float | None:
        """How long the series will go on, by the runs of it that have ended; None when none has."""
        elapsed = max((self.agents[agent].metrics.elapsed_ns for agent in self.run_agents), default=0)
        return self.progress.left_ns(elapsed) if self.running else None

    def reloads(self, agent: AgentId) -> tuple[str, ...]:
        """Load-time options in which the next request differs from what runs, else from the loaded model."""
        view = self.agents[agent]
        if not self.running or agent not in self.run_agents or view.settings is None or view.asked is None:
            return view.reloads
        return tuple(each.name for each in self._fight(view.settings, view.asked, agent))

    def block_count(self, agent: AgentId) -> int | None:
        """Of the agent's model, from the server's list."""
        model = self._model(agent)
        return model.block_count if model else None

    def _model(self, agent: AgentId) -> ModelInfo | None:
        settings = self.agents[agent].settings
        server = self.servers.get(settings.host) if settings else None
        if settings is None or not isinstance(server, ServerSeen):
            return None
        return next((model for model in server.models if same_model(model.name, settings.model)), None)

    def apply(self, event: Event) -> None:
        match event:
            case Attached():
                self.__init__(attached=event)  # type: ignore[misc]  # whatever was known before is void
            case CaughtUp():
                self.caught_up = True
            case Notice():
                self.notice = event
            case ScanFinished():
                self.scanned = True
            case WatchModeChanged(mode=mode, reason=reason):
                self.watch_mode, self.watch_reason = mode, reason
            case FactsRead():
                self.facts = event
            case ServerSeen(host=host):
                self.servers[host] = event
            case ServerLost(host=host, error=error):
                self.servers[host] = error
            case SettingsChanged(agent=agent, settings=settings, reloads=reloads):
                self.agents[agent].settings, self.agents[agent].reloads = settings, reloads
            case OffloadMeasured(run_id=run_id, agent=agent, offload=offload):
                if run_id and run_id == self.run_id:
                    self.agents[agent].offload = offload
            case MetricsUpdated(agent=agent, metrics=metrics):
                self.agents[agent].metrics = metrics
            case RequestSent(agent=agent):
                self.agents[agent].waits = self.agents[agent].waits[-1:]  # the state may have been told first
            case AgentStateChanged(agent=agent, error=error, state=state, at_ns=at_ns):
                self.agents[agent].error = error or self.agents[agent].error
                self.agents[agent].waits += ((state, at_ns),)
            case RequestFinished(agent=agent, error=error):
                self.agents[agent].error = error or self.agents[agent].error
            case TelemetrySampled(sample=sample):
                self.samples.append(sample)
            case RunStarted():
                self._start(event)
            case ReportSaved(folder=folder, note=note):
                self.saved_in, self.saved_note = folder, note
            case RunFinished(summary=summary):
                self.run_state, self.saved_in, self.summary = summary.state, summary.folder, summary
                self.progress.finish(summary)
                self._take_offload(summary)
            case SeriesWaits():
                self.progress.wait(event)
            case SeriesEnded():
                self.progress.end(event)
            case _:
                pass

    def _start(self, event: RunStarted) -> None:
        self.run_id, self.run_agents, self.run_mode = event.run_id, event.agents, event.mode
        self.run_state, self.run_simulated, self.saved_in = RunState.RUNNING, event.simulated, ""
        self.saved_note, self.summary = "", None
        self.progress.begin(event.series)
        for agent, asked in zip(event.agents, event.settings, strict=True):
            view = self.agents[agent]
            view.metrics = LiveMetrics(AgentState.IDLE)
            view.error, view.waits, view.offload = None, (), None
            view.asked, view.reloads = asked, ()  # what was loaded before is void

    def _take_offload(self, summary: RunSummary) -> None:
        """The measurement that is saved with the run."""
        for outcome in summary.agents:
            self.agents[outcome.agent].offload = outcome.offload or self.agents[outcome.agent].offload
