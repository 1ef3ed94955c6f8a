"""How an agent's state looks: a sign, a word and a colour, so that none stands alone."""

from __future__ import annotations

from chimera_tui.domain.metrics import AgentState, LiveMetrics
from chimera_tui.domain.options import AgentId

ROLES = {AgentId.A: "collector", AgentId.B: "explainer"}

SIGNS: dict[AgentState, tuple[str, str]] = {
    AgentState.IDLE: ("○", "dim"),
    AgentState.INGEST: ("◔", "accent"),
    AgentState.QUEUED: ("◌", "warn"),
    AgentState.LOADING: ("◐", "warn"),
    AgentState.PREFILL: ("◑", "accent"),
    AgentState.WRITING: ("●", "good"),
    AgentState.DONE: ("✓", "good"),
    AgentState.FAILED: ("✗", "bad"),
    AgentState.CANCELLED: ("■", "warn"),
}
"""(sign, style name of `lines--…`)."""


def state_words(metrics: LiveMetrics) -> str:
    """`writing report`, `loading`, `done`."""
    if metrics.state is AgentState.WRITING and metrics.step not in (None, "ingest"):
        return f"writing {metrics.step}"
    if metrics.state.is_active and metrics.step not in (None, "ingest"):
        return f"{metrics.state.value} · {metrics.step}"
    return metrics.state.value
