"""The viewer's picture of the world: the fold of the event stream, without any truth of its own."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.load_conflict import LoadDifference, load_time_differences
from chimera_tui.domain.metrics import AgentState, LiveMetrics, Offload
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_state import RunMode, RunState
from chimera_tui.domain.servers import same_model
from chimera_tui.tui.series_progress import SeriesProgress

if TYPE_CHECKING:
    from chimera_tui.domain.campaign_outline import CampaignOutline
    from chimera_tui.domain.events import Attached, Event, FactsRead, ModelInfo, Notice, ServerSeen
    from chimera_tui.domain.run_events import TextChecked
    from chimera_tui.domain.runs import RunSummary
    from chimera_tui.domain.telemetry import TelemetrySample
    from chimera_tui.domain.verdicts import Tally
    from chimera_tui.tui.first_look import FirstLook, ServerTold

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
    checked: TextChecked | None = None
    """What checking came to: of the newest text that is whole; after the run, of the report that is kept."""
    is_mended: bool = False
    """Whether the report is one whose numbers were mended."""
    unmended: str = ""
    """Why the report was kept as it was, though its numbers were to be mended; else empty."""

    def judge_repair(self, taken: bool, why: str) -> None:
        self.is_mended, self.unmended = taken, "" if taken else why

    @property
    def grounding(self) -> Tally | None:
        """Of the numbers of the text that is written or was last; in the end, of the report that is kept."""
        live = self.metrics.grounding
        if self.checked is None or (live is not None and self.metrics.state.is_active):
            return live
        return self.checked.tally


@dataclass(slots=True)
class Projection:
    """Apply events in order; read the fields."""

    attached: Attached | None = None
    labels: tuple[str, ...] = ()
    """First path component under which each root's files are listed."""
    first_look: FirstLook | None = None
    """What the daemon said of itself before it told its events, until they have been told."""
    caught_up: bool = False
    agents: dict[AgentId, AgentView] = field(default_factory=lambda: {agent: AgentView() for agent in AgentId})
    servers: dict[str, ServerSeen | ServerTold | ErrorInfo] = field(default_factory=dict)
    run_id: str = ""
    run_agents: tuple[AgentId, ...] = ()
    run_mode: RunMode = "together"
    run_state: RunState | None = None
    run_simulated: bool = False
    summary: RunSummary | None = None
    """Of the run that is shown, once it has ended."""
    progress: SeriesProgress = field(default_factory=SeriesProgress)
    campaign: CampaignOutline | None = None
    """The one that goes on, else the one that was told of last."""
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
    def alerts(self) -> int:
        """How many cells of the campaign are worse than their baseline."""
        return self.campaign.alerts if self.campaign is not None else 0

    @property
    def simulated(self) -> bool:
        """Whether any agent's server is the simulator, or the run that is shown was made with it."""
        hosts = {view.settings.host for view in self.agents.values() if view.settings}
        seen = [server for host, server in self.servers.items() if host in hosts]
        return self.run_simulated or any(not isinstance(s, ErrorInfo) and s.simulated for s in seen)

    @property
    def conflict(self) -> tuple[LoadDifference, ...]:
        """Load-time options over which the agents would fight on one server."""
        first, second = (self.agents[agent].settings for agent in AgentId)
        if first is None or second is None or self.first_look is not None:  # before it was told, all is not known
            return ()
        return self._fight(first, second, AgentId.A)

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
        if settings is None or server is None or isinstance(server, ErrorInfo):
            return None
        return next((model for model in server.models if same_model(model.name, settings.model)), None)

    def apply(self, event: Event) -> None:
        from chimera_tui.tui.fold import fold  # with all events, which the first frame does without (20 ms)

        fold(self, event)
