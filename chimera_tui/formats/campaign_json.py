"""A campaign's conclusion as one JSON document."""

from __future__ import annotations

from typing import Any

from chimera_tui.domain.campaign import CampaignPlan, Cell, Rules
from chimera_tui.domain.conclusion import Conclusion
from chimera_tui.domain.options import AgentSettings
from chimera_tui.domain.wire import adapter

SCHEMA = "chimera.campaign"
VERSION = 1


def json_document(conclusion: Conclusion, plan: CampaignPlan) -> dict[str, Any]:
    """Plain JSON values. Names or a `unit` beside them carry the units; what is not known is null, never 0."""
    told: dict[str, Any] = adapter(Conclusion).dump_python(conclusion, mode="json")
    return {"schema": SCHEMA, "version": VERSION, **told, "plan": _plan(plan)}


def _plan(plan: CampaignPlan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "axes": list(plan.axes),
        "cells": [_cell(cell) for cell in plan.cells],
        "rules": adapter(Rules).dump_python(plan.rules, mode="json"),
        "notes": list(plan.notes),
        "source": plan.source,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    settings = (adapter(AgentSettings).dump_python(each, mode="json") for each in cell.settings)
    return {
        "cell_id": cell.cell_id,
        "number": cell.number,
        "label": cell.label,
        "values": dict(cell.values),
        "scenario": cell.scenario,
        "mode": cell.mode,
        "prompt": cell.prompt or None,
        "settings": {agent.value: each for agent, each in zip(cell.agents, settings, strict=True)},
        "repeats": cell.repeats,
        "warmup": cell.warmup,
        "merged": [{"label": each.label, "why": list(each.why)} for each in cell.merged],
    }
