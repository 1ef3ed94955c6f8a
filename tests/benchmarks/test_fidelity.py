"""The fidelity bench runs: the whole program, both simulators, a bare client, and a verdict."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


def numbers(value: object) -> Iterator[float]:
    match value:
        case dict():
            for item in value.values():
                yield from numbers(item)
        case list():
            for item in value:
                yield from numbers(item)
        case int() | float():
            yield value


@pytest.mark.slow
@pytest.mark.skipif("CHIMERA_LONG_TESTS" not in os.environ, reason="takes half a minute: `make test-long`")
def test_the_quick_bench_runs_and_every_figure_is_finite(tmp_path: Path, repository: Path) -> None:
    out = tmp_path / "result.json"
    words = [sys.executable, "-m", "benchmarks.fidelity", "--quick", "--out", str(out)]
    ended = subprocess.run(words, cwd=repository, capture_output=True, text=True, timeout=240)
    assert ended.returncode in (0, 1), ended.stderr
    result = json.loads(out.read_text())
    assert all(math.isfinite(number) for number in numbers(result))
    assert result["stamp_error_busy"]["tokens"] == result["stamp_error_bare"]["tokens"] > 1000
    assert {"viewer", "daemon", "probes", "watcher"} <= set(result["cpu_percent_of_a_core"])
    met = sum(target["met"] for target in result["targets"])
    assert ended.stdout.splitlines()[-1].startswith(f"{met} of {len(result['targets'])} targets met; ")
    assert ended.returncode == (0 if met == len(result["targets"]) else 1)
    assert str(tmp_path) not in out.read_text()
