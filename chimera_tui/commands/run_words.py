"""Who takes part in a run, in words."""

from __future__ import annotations

from chimera_tui.domain.runs import RunSummary


def agents_text(summary: RunSummary) -> str:
    """`A+B` together, `A→B` in sequence, `B` alone."""
    return ("→" if summary.mode == "sequence" else "+").join(each.agent.label for each in summary.agents)


def mode_text(summary: RunSummary) -> str:
    """`together`, `sequence`, or `B alone`."""
    return f"{summary.agents[0].agent.label} alone" if len(summary.agents) == 1 else summary.mode
