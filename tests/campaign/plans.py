"""Cells, plans, records and runs of campaigns for tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from chimera_tui.campaign.ledger import INTERRUPTED
from chimera_tui.domain.campaign import CampaignPlan, Cell, Rules
from chimera_tui.domain.campaign_outline import CampaignPlace
from chimera_tui.domain.campaign_view import CampaignRecord, Decision, DecisionKind
from chimera_tui.domain.errors import ErrorInfo, LoadFailed, RequestRejected, ServerUnreachable
from chimera_tui.domain.metrics import AgentState, AgentTotals
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import AgentOutcome, RunSummary

HOST = "http://127.0.0.1:11434"
BEGUN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SECOND = 1_000_000_000

OOM = ErrorInfo(LoadFailed.code, "the model does not fit", HOST, "Ask for fewer layers.")
GONE = ErrorInfo(ServerUnreachable.code, f"no answer from {HOST}", HOST, "Is Ollama running there?")
REJECTED = ErrorInfo(RequestRejected.code, "the prompt is too long", HOST, "Raise num_ctx.")
KILLED = ErrorInfo(INTERRUPTED, "its daemon ended before the run did", "", "Run it again.")


def cell(number: int, *, repeats: int = 2, warmup: int = 0, host: str = HOST) -> Cell:
    """Agent A alone, with so many layers on the GPU: each cell is another load."""
    return Cell(
        f"{number:012x}",
        number,
        f"num_gpu {number}",
        (("num_gpu", str(number)),),
        "a-alone",
        "together",
        (AgentId.A,),
        (AgentSettings("mid:latest", host, Options(num_gpu=number)),),
        repeats,
        warmup,
    )


def plan(*cells: Cell, rules: Rules | None = None) -> CampaignPlan:
    return CampaignPlan("night", cells, rules or Rules())


def decided(
    kind: DecisionKind, of: Cell | None = None, *, amount: int = 0, why: str = "", runs: int = 0
) -> Decision:
    return Decision(kind, BEGUN, of.cell_id if of else "", amount, why, runs)


def record(of: CampaignPlan, *decisions: Decision) -> CampaignRecord:
    return CampaignRecord("camp01", BEGUN, of, (decided("begun"), *decisions))


def run_of(
    of: Cell,
    number: int,
    state: RunState = RunState.DONE,
    error: ErrorInfo | None = None,
    *,
    role: Literal["warmup", "measured"] = "measured",
) -> RunSummary:
    """Two seconds and 100 tokens of every agent, whatever became of it."""
    totals = AgentTotals(
        2, 100, 2 * SECOND, 0, 1_000, SECOND, SECOND, 99.0, 100.0, 100.0, (SECOND, SECOND), 1e9, 0
    )
    agent_state = AgentState.DONE if state is RunState.DONE else AgentState.FAILED
    outcomes = tuple(
        AgentOutcome(agent, agent_state, settings, (), totals, 0, SECOND, SECOND, 2, error=error)
        for agent, settings in zip(of.agents, of.settings, strict=True)
    )
    place = CampaignPlace("camp01", of.cell_id, role, number)
    return RunSummary(f"run{number:03d}", state, of.mode, BEGUN, 2 * SECOND, True, "", outcomes, campaign=place)
