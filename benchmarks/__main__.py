"""`make bench`: every number to hold, beside its floor and what Textual's own widgets give. See README.md."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import registry, table
from benchmarks.figure import FULL, QUICK, Measure, Reading, Size, Skipped
from benchmarks.measures import first_frame
from benchmarks.telling import machine
from benchmarks.tree import make_tree
from chimera_tui import __version__

RESULT = Path(__file__).with_name("results.json")
_RUNS = 3


def measure(modules: Sequence[Measure], size: Size, runs: int) -> dict[str, Any]:
    """Run every measurement so many times, in turn, and give the whole result as JSON has it."""
    load_before = os.getloadavg()[0]
    skipped: list[str] = []
    failed: list[str] = []
    readings: dict[str, list[Reading]] = {}
    hellos: list[float] = [first_frame.hello_ms()]
    for number in range(runs):
        for module in modules:
            print(f"run {number + 1} of {runs}: {module.FIGURES[0].title} …", file=sys.stderr, flush=True)
            try:
                found = module.measure(replace(size, others=not number))
            except Skipped as reason:
                skipped += [f"{figure.title}: {reason}" for figure in module.FIGURES if not number]
                continue
            except (RuntimeError, TimeoutError) as error:
                print(error, file=sys.stderr)
                failed += [figure.title for figure in module.FIGURES if figure.title not in failed]
                continue
            finally:
                hellos.append(first_frame.hello_ms())
            pace = first_frame.pace(*hellos[-2:])
            for name, reading in found.items():
                timed = reading if reading.pace is not None else replace(reading, pace=pace)
                readings.setdefault(name, []).append(timed)
    hello = statistics.median(hellos)
    known = [figure for module in modules for figure in module.FIGURES if figure.name in readings]
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "version": __version__,
        "machine": machine(),
        "load_average": {"before": round(load_before, 2), "after": round(os.getloadavg()[0], 2)},
        "files": size.files,
        "runs": runs,
        "hello_ms": round(hello, 1),
        "figures": [table.row_of(figure, readings[figure.name]) for figure in known],
        "skipped": skipped,
        "failed": failed,
    }


def earlier() -> Mapping[str, Any]:
    """The version before the kept one: the committed one when the file has changed since, else the one before."""
    path = f"benchmarks/{RESULT.name}"
    changed = bool(_git("status", "--porcelain", "--", path).strip())
    commits = _git("log", "-2", "--format=%H", "--", path).split()
    if not commits or (len(commits) < 2 and not changed):
        raise SystemExit("there is no earlier result to compare with")
    found: Mapping[str, Any] = json.loads(_git("show", f"{commits[0 if changed else 1]}:{path}"))
    return found


def _git(*words: str) -> str:
    ended = subprocess.run(["git", *words], cwd=RESULT.parents[1], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(f"no earlier result: git says {ended.stderr.strip()}")
    return ended.stdout


def main() -> int:
    """0 when every target is met, 1 when one is missed or could not be measured."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="a figure or a measurement")
    parser.add_argument("--runs", type=int, default=_RUNS, help=f"default {_RUNS}; the median counts")
    parser.add_argument("--quick", action="store_true", help="few files and short, once, to see that it runs")
    parser.add_argument(
        "--out", type=Path, help=f"default {RESULT.name} beside this file when all is measured in full"
    )
    parser.add_argument(
        "--compare", action="store_true", help="measure nothing; set the kept result beside the earlier"
    )
    arguments = parser.parse_args()
    if arguments.compare:
        if not RESULT.exists():
            parser.error(f"there is no {RESULT.name} yet: make bench writes it")
        print(table.compared(json.loads(RESULT.read_text()), earlier()))
        return 0
    if arguments.runs < 1:
        parser.error("--runs must be 1 or more")
    try:
        modules = registry.chosen(tuple(arguments.only))
    except ValueError as error:
        parser.error(str(error))
    runs = 1 if arguments.quick else arguments.runs
    size = QUICK if arguments.quick else FULL
    with tempfile.TemporaryDirectory(prefix="ch-") as folder:
        tree = Path(folder) / "reports"
        make_tree(tree, size.files)
        result = measure(modules, replace(size, tree=tree), runs)
    out = arguments.out or (None if arguments.quick or arguments.only else RESULT)
    if out is not None:
        out.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    print(table.told(result))
    return 0 if not result["failed"] and all(row["met"] for row in result["figures"]) else 1


if __name__ == "__main__":
    sys.exit(main())
