"""What is known of a finished run before its waits are explained."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.metrics import AgentState, Offload, RequestMetrics
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import ReloadBy
from chimera_tui.domain.servers import same_model
from chimera_tui.domain.telemetry import TelemetrySummary
from chimera_tui.domain.timings import ServerTimings


@dataclass(frozen=True, slots=True)
class RequestEvidence:
    """One request: its numbers, and what was known just before it was sent."""

    metrics: RequestMetrics
    prompt_chars: int = 0
    """System message and prompt."""
    prompt_tokens_estimated: int | None = None
    loaded_before: bool | None = None
    """Whether the server listed the model just before; None when it was not asked or did not answer."""
    reloads: tuple[str, ...] = ()
    """Load-time options that were known to differ from those in effect."""
    reload_by: ReloadBy = ""
    undone: str = ""
    """Values that would have stayed in effect had the model not been unloaded before, e.g. `num_gpu 20`."""
    error: ErrorInfo | None = None

    @property
    def sent_ns(self) -> int:
        return self.metrics.client.sent_ns

    @property
    def first_ns(self) -> int | None:
        """First content; None when none came."""
        return self.metrics.client.first_content_ns

    @property
    def ended_ns(self) -> int:
        """The last that was seen of it, as far as known."""
        client = self.metrics.client
        stamps = (client.closed_ns, client.last_content_ns, client.first_content_ns, client.sent_ns)
        return next(stamp for stamp in stamps if stamp is not None)

    @property
    def is_done(self) -> bool:
        """Whether its `done` line came: older servers send one without a reason."""
        return self.metrics.done_reason is not None or self.metrics.server != ServerTimings()


@dataclass(frozen=True, slots=True)
class AgentEvidence:
    """One agent's part of the run."""

    agent: AgentId
    settings: AgentSettings
    requests: tuple[RequestEvidence, ...] = ()
    """In the order in which they were sent."""
    offload: Offload | None = None
    context_size: int | None = None
    """Tokens that prompt and answer may use together, as far as was known before."""
    state: AgentState = AgentState.DONE

    def shares_model(self, other: AgentEvidence) -> bool:
        mine, theirs = self.settings, other.settings
        return mine.host == theirs.host and same_model(mine.model, theirs.model)


@dataclass(frozen=True, slots=True)
class RunEvidence:
    """All of a run."""

    agents: tuple[AgentEvidence, ...]
    telemetry: TelemetrySummary | None = None
    """Of the machine that runs the model; None when that is another one."""

    def beside(self, agent: AgentEvidence) -> AgentEvidence | None:
        """The other agent, when both ask the same model of the same server."""
        others = (each for each in self.agents if each.agent is not agent.agent and each.shares_model(agent))
        return next(others, None)
