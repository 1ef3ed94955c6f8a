"""The outside world as one bundle of the engine's ports, plugged together by whoever starts the engine."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.engine.ports import (
    Checker,
    Clock,
    EventSink,
    FactSource,
    ModelServer,
    ReportStore,
    Surroundings,
    Telemetry,
)
from chimera_tui.engine.prompts import PromptBook


@dataclass(frozen=True, slots=True)
class Outside:
    server: ModelServer
    facts: FactSource
    store: ReportStore
    sink: EventSink
    clock: Clock
    prompts: PromptBook
    telemetry: Telemetry
    surroundings: Surroundings
    checker: Checker | None = None
    """None checks nothing."""
