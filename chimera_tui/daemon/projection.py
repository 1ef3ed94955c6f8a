"""The latest state of everything that was told, so that a viewer can attach at any time."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from chimera_tui.domain.batches import join_tokens
from chimera_tui.domain.campaign_outline import CampaignChanged
from chimera_tui.domain.events import (
    Attached,
    CaughtUp,
    Event,
    MetricsUpdated,
    Notice,
    ServerLost,
    ServerSeen,
    SettingsChanged,
)
from chimera_tui.domain.inventory import Totals
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import OffloadMeasured, RunEvent, RunFinished, RunStarted
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.series import SeriesEnded, SeriesWaits
from chimera_tui.domain.status import AgentOutline, Outline, RunOutline, ServerOutline

_NOTICES = 20
"""Notices kept while nobody looks."""


class Projection:
    """Folds events as they are told; `snapshot()` tells them again, shorter."""

    def __init__(self, attached: Attached, inventory: Callable[[], Iterable[Event]]) -> None:
        """`inventory` gives the events that rebuild the inventory as it is at this moment."""
        self._attached = attached
        self._inventory = inventory
        self._servers: dict[str, ServerSeen | ServerLost] = {}
        self._settings: dict[AgentId, SettingsChanged] = {}
        self._offload: dict[AgentId, OffloadMeasured] = {}
        """The latest of each agent, of whichever run or of none."""
        self._run: list[RunEvent] = []
        self._metrics: dict[AgentId, MetricsUpdated] = {}
        self._series: list[SeriesWaits | SeriesEnded] = []
        """What came of the series after that run, unless the next one has begun."""
        self._campaign: CampaignChanged | None = None
        """The one that was told of last."""
        self._unseen: list[Notice] = []

    def apply(self, event: Event, *, seen: bool = True) -> None:
        """`seen` is False when no viewer is there to take it."""
        match event:
            case RunStarted():
                self._run, self._metrics, self._series = [event], {}, []
            case SeriesWaits() | SeriesEnded():
                self._series = [event]
            case CampaignChanged():
                self._campaign = event
            case MetricsUpdated(agent=agent):
                self._metrics[agent] = event
            case SettingsChanged(agent=agent):
                self._settings[agent] = event
            case OffloadMeasured(agent=agent):
                self._offload[agent] = event
                if event.run_id:
                    self._run.append(event)
            case ServerSeen(host=host) | ServerLost(host=host):
                self._servers[host] = event
            case Notice() if not seen:
                self._unseen = [*self._unseen[1 - _NOTICES :], event]
            case _ if isinstance(event, RunEvent) and event.run_id:
                self._run.append(event)
            case _:
                pass

    def snapshot(self) -> list[Event]:
        """Everything a viewer needs, from `Attached` to `CaughtUp`; notices that nobody saw are told once."""
        notices, self._unseen = self._unseen, []
        return [
            self._attached,
            *self._inventory(),
            *self._servers.values(),
            *self._settings.values(),
            *(event for _, event in join_tokens(self._run)),
            *(event for event in self._offload.values() if not self._run or event.run_id != self._run[0].run_id),
            *self._metrics.values(),
            *self._series,
            *filter(None, (self._campaign,)),
            *notices,
            CaughtUp(),
        ]

    def outline(self, files: Totals | None) -> Outline:
        """The same in a few words; `files` are those of the inventory."""
        servers = [server for server in self._servers.values() if isinstance(server, ServerSeen)]
        return Outline(
            labels=self._attached.labels,
            files=files,
            run=self._outline_of_run(),
            agents={agent: self._outline_of(agent, told) for agent, told in self._settings.items()},
            servers=tuple(ServerOutline(each.host, each.version, each.simulated) for each in servers),
        )

    def _outline_of(self, agent: AgentId, told: SettingsChanged) -> AgentOutline:
        metrics = self._metrics.get(agent)
        state = metrics.metrics.state if metrics is not None else AgentState.IDLE
        return AgentOutline(state, told.settings, told.reloads)

    def _outline_of_run(self) -> RunOutline | None:
        started = self._run[0] if self._run else None
        if self._series or not isinstance(started, RunStarted):
            return None
        ended = [event.summary.state for event in self._run if isinstance(event, RunFinished)]
        state = ended[0] if ended else RunState.RUNNING
        return RunOutline(started.run_id, state, started.mode, started.agents, started.simulated)
