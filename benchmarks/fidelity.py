"""`make bench-fidelity`: does the program disturb what it measures, and how true are its time stamps?

Requests to the simulator in pairs, in random order: once by the whole program at work, once by a bare client with
nothing else running. Both are checked against the simulator's own send times. See README.md.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import figures
from benchmarks.busy_program import BusyRun, Load, Program
from benchmarks.figures import Pair, Request
from benchmarks.telling import machine, told
from benchmarks.tree import churning, make_tree
from chimera_tui import __version__
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import RequestFinished, RequestSent, RunStarted, TokensArrived
from chimera_tui.engine.ports import ModelRequest
from chimera_tui.services.ollama.stream import request_body
from chimera_tui.simulator.stamp_log import read_stamps
from tests.simulators import SimulatorHandle, running_simulator

RATE = 200
CHANGES_PER_S = 100
MODELS = {AgentId.A: "gemma3:latest", AgentId.B: "llama3.1:8b-instruct-q4_0"}
SIMULATOR = ("--token-rate", str(RATE), "--prefill-rate", "20000", "--load-s", "0.1", "--jitter", "0")
RESULT = Path(__file__).with_name("fidelity.json")
_SEED = 20
_LEAD_S = 0.3
"""A bare client's interpreter has started by then."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    pairs: int
    files: int
    tokens: int
    """Of each of the four answers of a run, at most."""


FULL = Plan(pairs=10, files=100_000, tokens=500)
QUICK = Plan(pairs=2, files=1_000, tokens=200)


class Server:
    """One agent's simulator: a server each, so that neither waits for the other's work."""

    def __init__(self, simulator: SimulatorHandle, log: Path) -> None:
        self.simulator = simulator
        self._log = log
        self._requests_seen = 0

    def sends(self) -> list[tuple[tuple[int, int], ...]]:
        """The send times of every request since the last call."""
        rows: dict[int, list[tuple[int, int]]] = {}
        for stamp in read_stamps(self._log):
            if stamp.request > self._requests_seen:
                rows.setdefault(stamp.request, []).append((stamp.before_ns, stamp.after_ns))
        self._requests_seen = max(rows, default=self._requests_seen)
        return [tuple(rows[number]) for number in sorted(rows)]


class Bench:
    """Makes pairs. The first run of the program tells what to ask; it is not counted."""

    def __init__(self, servers: dict[AgentId, Server], program: Program, reports: Path) -> None:
        self._servers = servers
        self._program = program
        self._reports = reports
        self.loads: list[Load] = []
        self._asked, self._stagger_ns = self._learn()

    def _learn(self) -> tuple[dict[AgentId, list[str]], dict[AgentId, int]]:
        run = self._run()
        for server in self._servers.values():
            server.sends()
        sent = {agent: _of_agent(run, RequestSent, agent)[0].at_ns for agent in MODELS}
        return _bodies(run), {agent: at_ns - min(sent.values()) for agent, at_ns in sent.items()}

    def _run(self) -> BusyRun:
        with churning(self._reports, CHANGES_PER_S):
            return self._program.run()

    def busy(self) -> tuple[Request, ...]:
        run = self._run()
        if _bodies(run) != self._asked:
            raise SystemExit("the program asked something else than before: these runs are no pairs")
        self.loads.append(run.load)
        found: list[Request] = []
        for agent, server in self._servers.items():
            finished = _of_agent(run, RequestFinished, agent)
            for end, sends in zip(finished, server.sends(), strict=True):
                arrived = [e for e in _of_agent(run, TokensArrived, agent) if e.step == end.metrics.step]
                chunks = tuple(chunk.at_ns for event in arrived for chunk in event.chunks)
                metrics = end.metrics
                assert metrics.server.eval_tokens and metrics.server.eval_ns  # the simulator tells them
                found.append(
                    Request(
                        metrics.client.sent_ns, chunks, sends, metrics.server.eval_tokens, metrics.server.eval_ns
                    )
                )
        return tuple(found)

    def bare(self) -> tuple[Request, ...]:
        with churning(self._reports, CHANGES_PER_S):  # others write their files in both conditions
            start_ns = time.monotonic_ns() + int(_LEAD_S * 1e9)
            clients = {agent: self._bare_client(agent, start_ns) for agent in self._servers}
            said = {agent: client.communicate(timeout=300)[0] for agent, client in clients.items()}
        found: list[Request] = []
        for agent, text in said.items():
            answers = json.loads(text)
            for got, sends in zip(answers, self._servers[agent].sends(), strict=True):
                last = got["last"]
                chunks = tuple(got["chunks_ns"])
                found.append(Request(got["sent_ns"], chunks, sends, last["eval_count"], last["eval_duration"]))
        return tuple(found)

    def _bare_client(self, agent: AgentId, start_ns: int) -> subprocess.Popen[str]:
        simulator = self._servers[agent].simulator
        task = {
            "host": simulator.host,
            "port": simulator.port,
            "path": "/api/chat",
            "start_ns": start_ns + self._stagger_ns[agent],
            "bodies": self._asked[agent],
        }
        words = [sys.executable, "-m", "benchmarks.bare_client"]
        client = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert client.stdin is not None
        client.stdin.write(json.dumps(task))
        client.stdin.close()
        client.stdin = None  # or `communicate` would flush it
        return client


def _of_agent(run: BusyRun, kind: type[Any], agent: AgentId) -> list[Any]:
    return [event for event in run.events if isinstance(event, kind) and event.agent == agent]


def _bodies(run: BusyRun) -> dict[AgentId, list[str]]:
    """What each agent asked, as JSON."""
    started = next(event for event in run.events if isinstance(event, RunStarted))
    settings: dict[AgentId, AgentSettings] = dict(zip(started.agents, started.settings, strict=True))
    return {
        agent: [
            json.dumps(request_body(ModelRequest(settings[agent], event.system, event.prompt)))
            for event in _of_agent(run, RequestSent, agent)
        ]
        for agent in started.agents
    }


@contextmanager
def bench(plan: Plan) -> Iterator[Bench]:
    """Simulators, a tree and the program, all in a temporary folder."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ch-")))
        servers: dict[AgentId, Server] = {}
        flags = ["--num-predict", str(plan.tokens), "--num-ctx", "8192", "--seed", "7", "--keep-alive", "-1"]
        for agent, model in MODELS.items():
            log = folder / f"{agent}.stamps"
            words = (*SIMULATOR, "--models", model, "--stamp-log", str(log))
            simulator = stack.enter_context(running_simulator(*words))
            servers[agent] = Server(simulator, log)
            flags += [f"--{agent}-host", simulator.url, f"--{agent}-model", model]
        reports = folder / "reports"
        make_tree(reports, plan.files)
        yield Bench(servers, Program(reports, folder, flags), reports)


def measure(plan: Plan) -> dict[str, Any]:
    """Make the pairs and give the whole result as JSON has it."""
    rng, pairs, load_average = random.Random(_SEED), [], [os.getloadavg()[0]]
    with bench(plan) as at:
        for number in range(plan.pairs):
            done: dict[str, tuple[Request, ...]] = {}
            for condition in rng.sample(("bare", "busy"), 2):
                done[condition] = getattr(at, condition)()
            pairs.append(Pair(**done))
            load_average.append(os.getloadavg()[0])
            print(f"\rpair {number + 1} of {plan.pairs}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
        loads = at.loads
    return _result(plan, pairs, loads, load_average)


def _result(plan: Plan, pairs: Sequence[Pair], loads: Sequence[Load], averages: Sequence[float]) -> dict[str, Any]:
    busy = figures.errors_of([request for pair in pairs for request in pair.busy])
    bare = figures.errors_of([request for pair in pairs for request in pair.bare])
    rate = figures.paired(pairs, "decode_rate", relative=True)
    ttft = figures.paired(pairs, "ttft_ms")
    targets = figures.targets(busy, rate, ttft)
    streaming_s = sum(load.streaming_s for load in loads)
    roles = sorted({role for load in loads for role in load.cpu_s})
    cpu = {role: sum(load.cpu_s.get(role, 0) for load in loads) / streaming_s * 100 for role in roles}
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "version": __version__,
        "machine": machine(),
        "load_average": {"before": round(averages[0], 2), "highest": round(max(averages), 2)},
        "pairs": plan.pairs,
        "files": plan.files,
        "rate_per_agent": RATE,
        "stamp_error_busy": figures.document(busy),
        "stamp_error_bare": figures.document(bare),
        "ttft_bare_ms": round(_mean(pairs, "ttft_ms"), 3),
        "decode_rate_bare": round(_mean(pairs, "decode_rate"), 3),
        "difference_decode_rate_percent": figures.document(rate),
        "difference_arrival_rate_percent": figures.document(figures.paired(pairs, "arrival_rate", relative=True)),
        "difference_ttft_ms": figures.document(ttft),
        "cpu_percent_of_a_core": {role: round(share, 2) for role, share in cpu.items()},
        "screen_kb_per_s": round(sum(load.screen_bytes for load in loads) / streaming_s / 1000, 2),
        "targets": [figures.document(target) for target in targets],
    }


def _mean(pairs: Sequence[Pair], figure: str) -> float:
    values = [getattr(request, figure) for pair in pairs for request in pair.bare]
    return math.fsum(values) / len(values)


def main() -> int:
    """0 when every target is met."""
    parser = argparse.ArgumentParser(prog="make bench-fidelity", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two small pairs, to see that it runs")
    parser.add_argument("--pairs", type=int, help=f"default {FULL.pairs}")
    parser.add_argument("--out", type=Path, help=f"default {RESULT.name} beside this file; nowhere with --quick")
    arguments = parser.parse_args()
    plan = QUICK if arguments.quick else FULL
    if arguments.pairs:
        plan = Plan(arguments.pairs, plan.files, plan.tokens)
    result = measure(plan)
    out = arguments.out or (None if arguments.quick else RESULT)
    if out is not None:
        out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(told(result))
    return 0 if all(target["met"] for target in result["targets"]) else 1


if __name__ == "__main__":
    sys.exit(main())
