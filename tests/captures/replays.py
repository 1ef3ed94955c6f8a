"""A recorded answer read by the real client over a real socket, with the recording's arrival times put back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chimera_tui.domain.metrics import AgentState, Step
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    Chunk,
    RequestFinished,
    RequestSent,
    RunEvent,
    RunStarted,
    TokensArrived,
)
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine.agent_fold import OpenRequest
from chimera_tui.engine.fold import RunFold
from tests.services.ollama.replay import load_capture, replaying
from tests.services.ollama.streams import Collected, collect, request

STEP: Step = "analysis"
HOST = "http://127.0.0.1:11434"


@dataclass(frozen=True)
class Replayed:
    """One exchange: what the client made of it, and when it really happened (ns after it was sent)."""

    agent: AgentId
    settings: AgentSettings
    sent: RequestSent
    collected: Collected
    arrivals: tuple[int, ...]
    """Of the lines that bear text."""
    ended: int

    def events(self) -> list[RunEvent]:
        """As the engine tells them."""
        record = OpenRequest(STEP, self.sent.at_ns)
        start = self.sent.at_ns
        chunks = tuple(
            replace(chunk, at_ns=start + at)
            for chunk, at in zip(self.collected.chunks, self.arrivals, strict=True)
        )
        record.arrived(chunks)
        finished, error = self.collected.finished, self.collected.error
        metrics = record.metrics(
            finished.server if finished else ServerTimings(),
            finished.done_reason if finished else None,
            start + self.ended,
        )
        told: list[RunEvent] = [self.sent]
        told += [TokensArrived("r", self.agent, STEP, (chunk,)) for chunk in chunks]
        told.append(RequestFinished("r", self.agent, metrics, error.info if error else None))
        state = AgentState.FAILED if error else AgentState.DONE
        told.append(AgentStateChanged("r", self.agent, state, start + self.ended))
        return told


async def replay(path: Path, agent: AgentId = AgentId.A, sent_ns: int = 0, **before: Any) -> Replayed:
    """Read a capture; `before` is what `RequestSent` carries of the time before it."""
    capture = load_capture(path, longest_gap_s=0.0)
    asked = capture.request or {}
    options = {name: asked.get("options", {}).get(name) for name in ("num_gpu", "num_ctx", "num_predict")}
    with replaying(capture) as server:
        collected = await collect(request(server.url, api=capture.path.rpartition("/")[2], model=asked["model"]))
    records = _records(path)
    messages = asked.get("messages") or [{"content": asked.get("prompt", "")}]
    prompt = "".join(message["content"] for message in messages)
    return Replayed(
        agent,
        AgentSettings(asked["model"], HOST, Options(**options)),
        RequestSent("r", agent, STEP, sent_ns, "", prompt, **before),
        collected,
        tuple(_ns(record) for record in records if _bears_text(record)),
        _ns(records[-1]),
    )


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def _ns(record: Mapping[str, Any]) -> int:
    return round(float(record["t_ms"]) * 1_000_000)


def _bears_text(record: Mapping[str, Any]) -> bool:
    line = json.loads(record["line"]) if "line" in record else {}
    return bool(line.get("response") or line.get("message", {}).get("content"))


def summary_of(replays: Sequence[Replayed]) -> RunSummary:
    """The run that these exchanges make, folded as the daemon folds it."""
    fold = RunFold()
    agents = tuple(each.agent for each in replays)
    settings = tuple(each.settings for each in replays)
    fold.apply(RunStarted("r", agents, "together", settings, datetime(2026, 11, 21, tzinfo=UTC), 0))
    events = [event for each in replays for event in each.events()]
    for event in sorted(events, key=_at):
        fold.apply(event)
    return fold.summarise(fold.last_ns)


def _at(event: RunEvent) -> int:
    match event:
        case TokensArrived(chunks=(Chunk(at_ns=at_ns), *_)):
            return at_ns
        case RequestFinished(metrics=metrics):
            return metrics.client.closed_ns or 0
        case RequestSent(at_ns=at_ns) | AgentStateChanged(at_ns=at_ns):
            return at_ns
        case _:
            raise AssertionError(event)
