"""How an event changes the viewer's picture of the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chimera_tui.domain.campaign_outline import CampaignChanged
from chimera_tui.domain.events import (
    Attached,
    CaughtUp,
    Event,
    FactsRead,
    MetricsUpdated,
    Notice,
    ScanFinished,
    ServerLost,
    ServerSeen,
    SettingsChanged,
    WatchModeChanged,
)
from chimera_tui.domain.metrics import AgentState, LiveMetrics
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    OffloadMeasured,
    RepairJudged,
    ReportSaved,
    RequestFinished,
    RequestSent,
    RunFinished,
    RunStarted,
    TelemetrySampled,
    TextChecked,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.series import SeriesEnded, SeriesWaits

if TYPE_CHECKING:
    from chimera_tui.domain.options import AgentId
    from chimera_tui.tui.projection import Projection


def fold(view: Projection, event: Event) -> None:
    """What is known once this has happened too."""
    match event:
        case Attached():
            look = view.first_look
            view.__init__(attached=event, labels=event.labels)  # type: ignore[misc]  # what was known before is void
            if look is not None and look.pid == event.pid:
                look.show(view)  # but for what this daemon has just said: its events go over it
        case CaughtUp():
            view.caught_up, view.first_look = True, None
        case Notice():
            view.notice = event
        case ScanFinished():
            view.scanned = True
        case WatchModeChanged(mode=mode, reason=reason):
            view.watch_mode, view.watch_reason = mode, reason
        case FactsRead():
            view.facts = event
        case ServerSeen(host=host):
            view.servers[host] = event
        case ServerLost(host=host, error=error):
            view.servers[host] = error
        case SettingsChanged(agent=agent, settings=settings, reloads=reloads):
            view.agents[agent].settings, view.agents[agent].reloads = settings, reloads
        case OffloadMeasured(run_id=run_id, agent=agent, offload=offload):
            if run_id and run_id == view.run_id:
                view.agents[agent].offload = offload
        case MetricsUpdated(agent=agent, metrics=metrics):
            view.agents[agent].metrics = metrics
        case RequestSent(agent=agent):
            view.agents[agent].waits = view.agents[agent].waits[-1:]  # the state may have been told first
        case AgentStateChanged(agent=agent, error=error, state=state, at_ns=at_ns):
            view.agents[agent].error = error or view.agents[agent].error
            view.agents[agent].waits += ((state, at_ns),)
        case RequestFinished(agent=agent, error=error):
            view.agents[agent].error = error or view.agents[agent].error
        case TextChecked(run_id=run_id, agent=agent):
            if run_id == view.run_id and not _is_kept(view, agent):
                view.agents[agent].checked = event
        case RepairJudged(run_id=run_id, agent=agent, taken=taken, why=why):
            if run_id == view.run_id:
                view.agents[agent].judge_repair(taken, why)
        case TelemetrySampled(sample=sample):
            view.samples.append(sample)
        case RunStarted():
            _start(view, event)
        case ReportSaved(folder=folder, note=note):
            view.saved_in, view.saved_note = folder, note
        case RunFinished(summary=summary):
            view.run_state, view.saved_in, view.summary = summary.state, summary.folder, summary
            view.progress.finish(summary)
            _take_outcomes(view, summary)
        case SeriesWaits():
            view.progress.wait(event)
        case SeriesEnded():
            view.progress.end(event)
        case CampaignChanged(outline=outline):
            shown = view.campaign
            if shown is None or outline.state.is_active or outline.campaign_id == shown.campaign_id:
                view.campaign = outline
        case _:
            pass


def _start(view: Projection, event: RunStarted) -> None:
    view.run_id, view.run_agents, view.run_mode = event.run_id, event.agents, event.mode
    view.run_state, view.run_simulated, view.saved_in = RunState.RUNNING, event.simulated, ""
    view.saved_note, view.summary = "", None
    view.progress.begin(event.series)
    for agent, asked in zip(event.agents, event.settings, strict=True):
        agent_view = view.agents[agent]
        agent_view.metrics = LiveMetrics(AgentState.IDLE)
        agent_view.error, agent_view.waits, agent_view.offload = None, (), None
        agent_view.checked = None
        agent_view.judge_repair(False, "")
        agent_view.asked, agent_view.reloads = asked, ()  # what was loaded before is void


def _is_kept(view: Projection, agent: AgentId) -> bool:
    """Whether the run is over, and what became of this agent's numbers was saved with it."""
    outcomes = view.summary.agents if view.summary is not None else ()
    return any(outcome.agent is agent and outcome.grounding is not None for outcome in outcomes)


def _take_outcomes(view: Projection, summary: RunSummary) -> None:
    """What is saved with the run: the offload as measured, and what became of the numbers of the report."""
    for outcome in summary.agents:
        agent_view = view.agents[outcome.agent]
        agent_view.offload = outcome.offload or agent_view.offload
        if outcome.repair is not None:
            agent_view.judge_repair(outcome.repair.taken, outcome.repair.why)
        if outcome.grounding is not None:
            agent_view.checked = TextChecked(
                summary.run_id, outcome.agent, "report", outcome.grounding, outcome.remarks
            )
