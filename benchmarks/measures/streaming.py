"""Both agents at 200 tok/s each over a tree that changes: CPU, bytes to the terminal, and how soon keys answer."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import psutil

from benchmarks.busy_program import SIZE
from benchmarks.figure import Figure, Reading, Size
from benchmarks.figures import percentile
from benchmarks.pty_screen import DOWN, UP, TimedScreen
from benchmarks.stage import RATE, TREE_ROWS, Stage, cpu_percent, cpu_seconds, stage
from benchmarks.tree import churning
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RequestSent, RunEvent, RunStarted, TokensArrived
from chimera_tui.engine.ports import ModelRequest
from chimera_tui.services.ollama.stream import request_body

FIGURES = (
    Figure("streaming_cpu", "CPU of all our processes at 2×200 tok/s", "% of a core", 8),
    Figure("streaming_bytes", "bytes to the terminal at 2×200 tok/s", "kB/s", 16),
    Figure("streaming_key_p50", "key press → screen while streaming, p50", "ms", 5),
    Figure("streaming_key_p95", "key press → screen while streaming, p95", "ms", 35),
)
CHANGES_PER_S = 100
_SETTLE_S = 1.0
_BETWEEN_KEYS_S = (0.03, 0.07, 0.11)
"""Taken in turn, so that keys fall anywhere between two redraws."""
_TEXTUAL_KEYS = 10
"""Each takes Textual's own a second or two."""


def measure(size: Size) -> Mapping[str, Reading]:
    with stage(size.reports, agents=("a", "b")) as at:
        with churning(at.reports, CHANGES_PER_S), at.streaming() as screen:
            ours = _watch(screen, at.processes(screen), tree_cursor(screen), size)
        events = at.last_run()
        floor_cpu, raw_kb = bare_clients(at, events, size), _raw_kb_per_s(events)
        textual = markdown_stream(
            at.folder / "chunks.json", events, replace(size, keys=min(size.keys, _TEXTUAL_KEYS))
        )
    floor_keys = _hello_keys(size)
    floors = (floor_cpu, raw_kb, *floor_keys)
    return {
        figure.name: Reading(value, floor, other)
        for figure, value, floor, other in zip(FIGURES, ours, floors, textual, strict=True)
    }


def _watch(
    screen: TimedScreen,
    processes: Sequence[psutil.Process],
    state: Callable[[], Hashable],
    size: Size,
    back: str = UP,
) -> tuple[float, float, float, float]:
    """CPU (% of a core) and bytes (kB/s) over a window without keys; then p50 and p95 (ms) of keys."""
    screen.collect(_SETTLE_S)
    before, started_s = cpu_seconds(processes), time.monotonic()
    sent = screen.collect(size.window_s)
    seconds = time.monotonic() - started_s
    cpu = cpu_percent(processes, before, seconds)
    screen.collect(_SETTLE_S)  # what waited while the window's bytes were emulated
    return cpu, sent / seconds / 1000, *keys(screen, state, size.keys, back)


def keys(screen: TimedScreen, state: Callable[[], Hashable], count: int, back: str) -> tuple[float, float]:
    """p50 and p95 of down keys; every other ten are `back`, so that the end of the tree is never reached."""
    found = []
    for number in range(count):
        found.append(screen.latency_ms(back if number % 20 >= 10 else DOWN, state))
        screen.collect(_BETWEEN_KEYS_S[number % len(_BETWEEN_KEYS_S)])
    return statistics.median(found), percentile(found, 0.95)


def tree_cursor(screen: TimedScreen) -> Callable[[], Hashable]:
    return lambda: screen.marked_rows(*TREE_ROWS, column=5)


def first_row(screen: TimedScreen) -> Callable[[], Hashable]:
    return lambda: screen.row(0)


def _hello_keys(size: Size) -> tuple[float, float]:
    with TimedScreen([sys.executable, "-m", "benchmarks.apps.hello"], size=SIZE) as screen:
        screen.until(screen.holds("Hello"))
        return keys(screen, first_row(screen), size.keys, back=DOWN)


def markdown_stream(
    file: Path, events: Sequence[RunEvent], size: Size, rate: float = RATE, first: int = 0
) -> tuple[float, float, float, float]:
    """Textual's widget, with the chunks that the product has just been given; `first` of them before it counts.
    Not a number where that is not asked for."""
    if not size.others:
        return math.nan, math.nan, math.nan, math.nan
    file.write_text(json.dumps([chunks(events, agent) for agent in AgentId]))
    words = [sys.executable, "-m", "benchmarks.apps.markdown_stream", str(file), f"{rate:g}", str(first)]
    with TimedScreen(words, size=SIZE) as screen:
        screen.until(screen.holds("Hello"), timeout_s=120)
        return _watch(screen, [psutil.Process(screen.pid)], first_row(screen), size, back=DOWN)


def chunks(events: Sequence[RunEvent], agent: AgentId) -> list[str]:
    batches = [event for event in events if isinstance(event, TokensArrived) and event.agent == agent]
    return [chunk.text for batch in batches for chunk in batch.chunks]


def _raw_kb_per_s(events: Sequence[RunEvent]) -> float:
    """The text alone, at its nominal rate: what no terminal can do without."""
    kb = 0.0
    for agent in AgentId:
        texts = chunks(events, agent)
        kb += sum(len(text.encode()) for text in texts) / len(texts) * RATE / 1000
    return kb


def bare_clients(at: Stage, events: Sequence[RunEvent], size: Size) -> float:
    """CPU of two clients that read the same streams and do nothing with them."""
    bodies, clients = _bodies(events), []
    for agent, body in bodies.items():
        simulator = at.simulators[agent.value]
        task = {
            "host": simulator.host,
            "port": simulator.port,
            "path": "/api/chat",
            "start_ns": 0,
            "bodies": [body],
        }
        words = [sys.executable, "-m", "benchmarks.bare_client"]
        client = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        assert client.stdin is not None
        client.stdin.write(json.dumps(task))
        client.stdin.close()
        clients.append(client)
    processes = [psutil.Process(client.pid) for client in clients]
    time.sleep(_SETTLE_S)
    before, started_s = cpu_seconds(processes), time.monotonic()
    time.sleep(size.window_s)
    cpu = cpu_percent(processes, before, time.monotonic() - started_s)
    for client in clients:
        client.kill()
        client.wait()
    return cpu


def _bodies(events: Sequence[RunEvent]) -> dict[AgentId, str]:
    """What each agent asked first, as JSON."""
    started = next(event for event in events if isinstance(event, RunStarted))
    settings = dict(zip(started.agents, started.settings, strict=True))
    sent = {event.agent: event for event in reversed(events) if isinstance(event, RequestSent)}
    return {
        agent: json.dumps(request_body(ModelRequest(settings[agent], event.system, event.prompt)))
        for agent, event in sent.items()
    }
