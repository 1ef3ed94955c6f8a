"""A large reports directory that never stands still, and whose facts never change."""

from __future__ import annotations

import itertools
import json
import os
import random
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FILES_PER_FOLDER = 81
"""As in a tree of 100,000 files in 1,237 folders."""
REPORTS = 60
"""Files with facts. The rest is logs and weights: a change there moves the tree and leaves every prompt equal."""
_REPORT_TIME_S = 1_760_000_000


def make_tree(root: Path, files: int) -> None:
    """`files` files in all below `root`, which must not exist; the same every time."""
    root.mkdir(parents=True)
    _write_reports(root, min(REPORTS, files))
    for number in range(max(0, files - REPORTS)):
        folder = root / f"run_{number // FILES_PER_FOLDER:04d}"
        if number % FILES_PER_FOLDER == 0:
            folder.mkdir()
        kind = "log" if number % 3 else "npz"
        (folder / f"part_{number:06d}.{kind}").write_bytes(b"0" * (number % 97))


def _write_reports(root: Path, count: int) -> None:
    rng = random.Random(0)
    for number in range(count):
        rate = rng.uniform(20, 90)
        if number % 2:
            path = root / f"sweep_{number:03d}.csv"
            rows = (f"{layers},{rate + layers / 4:.2f},{rng.uniform(90, 400):.1f}" for layers in range(0, 80, 8))
            path.write_text("\n".join(("num_gpu,tokens_per_s,ttft_ms", *rows)) + "\n")
        else:
            path = root / f"summary_{number:03d}.json"
            path.write_text(json.dumps({"mean_tokens_per_s": round(rate, 2), "runs": number, "ttft_ms": 210}))
        os.utime(path, (_REPORT_TIME_S, _REPORT_TIME_S))


@contextmanager
def churning(root: Path, per_second: float) -> Iterator[None]:
    """So many changes a second, made by a process of its own, until the context is left."""
    words = [sys.executable, "-m", "benchmarks.tree", str(root), str(per_second)]
    process = subprocess.Popen(words, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=30)


def _churn(root: Path, per_second: float) -> None:
    """Append to a file, and every tenth time make or remove one, until standard input ends."""
    rng = random.Random(1)
    folders = sorted(root.glob("run_*"))
    logs = [
        path for folder in folders[:: max(1, len(folders) // 50)] for path in sorted(folder.glob("part_*.log"))
    ]
    poller = select.poll()
    poller.register(0)
    due_s = time.monotonic()
    for step in itertools.count():
        due_s += 1 / per_second
        if poller.poll(max(0.0, due_s - time.monotonic()) * 1000):
            return
        fresh = rng.choice(folders) / f"new_{step // 20:06d}.log"
        if step % 20 == 0:
            fresh.write_bytes(b"begun\n")
            made = fresh
        elif step % 20 == 10:
            made.unlink()
        else:
            with rng.choice(logs).open("ab") as log:
                log.write(b"1\n")


if __name__ == "__main__":
    _churn(Path(sys.argv[1]), float(sys.argv[2]))
