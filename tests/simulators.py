"""A running simulator for tests: a real process on a free port of the loopback interface."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class SimulatorHandle:
    """Where it listens, and its process."""

    url: str
    """Base URL without a trailing slash."""
    host: str
    port: int
    process: subprocess.Popen[str]
    client: httpx.Client
    """Knows the base URL; making one per request would read every certificate each time."""

    def state(self) -> dict[str, Any]:
        """`GET /simulator/state`: active and ended requests, loaded models, loads."""
        answer: dict[str, Any] = self.client.get("/simulator/state").json()
        return answer

    def fault(self, kind: str, **more: Any) -> None:
        """Make the next generation request go wrong, or that with the number `request`, counted from 1; `more` may
        also be `after_chunks`, `times` and `seconds`."""
        httpx.post(f"{self.url}/simulator/faults", json={"kind": kind, **more}, trust_env=False).raise_for_status()


@contextmanager
def running_simulator(*flags: str) -> Iterator[SimulatorHandle]:
    """Start `python -m chimera_tui.simulator` with these flags; ended, and reaped, on leaving."""
    base = [sys.executable, "-m", "chimera_tui.simulator", "--port", "0", "--parent-pid", str(os.getpid())]
    process = subprocess.Popen([*base, *flags], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the simulator ended with status {process.wait()} before it was ready"
        ready = json.loads(line)
        url = f"http://{ready['host']}:{ready['port']}"
        with httpx.Client(base_url=url, trust_env=False, verify=False, timeout=60) as client:
            yield SimulatorHandle(url, ready["host"], ready["port"], process, client)
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
