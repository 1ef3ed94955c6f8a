"""The table of faults: which fault at which moment, what must hold then, and the test that tries it.

A test of this folder registers its cells with `@cell(...)`, as many as it tries. What is tested elsewhere stands
in a list `ELSEWHERE` of a module `tests/faults/elsewhere_*.py`, with the name of its test. One that tries its
fault more than once says so with `record_property("tried", 4096)`; else each of its parameters counts as one.

`python -m tests.faults.table` prints it as Markdown, with how often each cell was tried in the last `make faults`.
"""

from __future__ import annotations

import ast
import importlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

LONG = os.environ.get("CHIMERA_FAULTS") == "long"
"""Whether the tests may take minutes, as in `make faults`; else all of this folder take seconds."""

FOLDER = Path(__file__).resolve().parent
REPOSITORY = FOLDER.parent.parent
TALLY = REPOSITORY / "build" / "faults.json"
"""Written by `make faults`: how often each test tried its fault, and how often that failed."""

FAULTS = (
    "server refuses",
    "server hangs",
    "server dies",
    "server restarts",
    "server answers 500",
    "server answers 503",
    "server answers 404",
    "server sends garbage",
    "server sends half a line",
    "server sends a megabyte line",
    "server sends no done line",
    "server sends U+0085",
    "server sends invalid UTF-8",
    "server sends wrong types",
    "server leaves fields out",
    "probe SIGKILL",
    "probe SIGTERM",
    "probe SIGHUP",
    "probe SIGSTOP",
    "daemon SIGKILL",
    "daemon SIGTERM",
    "daemon SIGHUP",
    "daemon SIGSTOP",
    "viewer SIGKILL",
    "viewer SIGTERM",
    "viewer SIGHUP",
    "viewer SIGSTOP",
    "terminal resized 100 times a second",
    "disk full",
    "disk read-only",
    "journal truncated",
    "journal locked",
    "journal of another version",
    "reports directory removed",
    "reports directory replaced",
    "reports directory moved",
    "100,000 files deleted at once",
    "inotify exhausted",
    "clock stepped",
    "two daemons at once",
    "viewer stops reading",
)
"""Those that must be tried; cells may name more, such as other processes or hostile text."""

_CAMPAIGNS = "tests.e2e.test_campaign_survives"
"""Whose cells are marked where they are tried, with the night that they need."""
Entry = tuple[str, str, str, str]
"""(fault, moment, what must hold, "tests/path.py::test_name"), as in a list `ELSEWHERE`."""
Test = TypeVar("Test", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one moment."""

    fault: str
    moment: str
    holds: str
    test: str
    """`tests/path.py::test_name`, without parameters."""

    @property
    def path(self) -> Path:
        return REPOSITORY / self.test.partition("::")[0]

    @property
    def name(self) -> str:
        return self.test.partition("::")[2]


def cell(fault: str, moment: str, holds: str) -> Callable[[Test], Test]:
    """Register what the decorated test function tries; it may be given several times."""

    def register(test: Test) -> Test:
        path = test.__module__.replace(".", "/") + ".py"
        _REGISTERED.append(Cell(fault, moment, holds, f"{path}::{test.__qualname__.replace('.', '::')}"))
        return test

    return register


_REGISTERED: list[Cell] = []
"""In the order in which Python met them: the modules of a folder are imported once."""


def cells() -> list[Cell]:
    """Every cell, of tests elsewhere as well, in the order of `FAULTS`; other faults come behind, by name."""
    for module in (*_modules("test_*.py"), _CAMPAIGNS):
        importlib.import_module(module)
    found = list(dict.fromkeys(_REGISTERED))
    for module in _modules("elsewhere_*.py"):
        found += [Cell(*entry) for entry in importlib.import_module(module).ELSEWHERE]
    known = {fault: place for place, fault in enumerate(FAULTS)}
    return sorted(found, key=lambda one: (known.get(one.fault, len(known)), one.fault, one.moment))


def exists(one: Cell) -> bool:
    """Whether the test that a cell names is there."""
    return one.path.is_file() and one.name in _tests_of(one.path)


@cache
def _tests_of(path: Path) -> frozenset[str]:
    """Functions of a module, and of its classes as `Class::function`."""
    module = ast.parse(path.read_bytes())
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    found = {node.name for node in module.body if isinstance(node, functions)}
    for each in module.body:
        if isinstance(each, ast.ClassDef):
            found |= {f"{each.name}::{node.name}" for node in each.body if isinstance(node, functions)}
    return frozenset(found)


def markdown(found: list[Cell], tries: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """The lines of the table; a test that the last long run did not reach has no number."""
    yield "| fault | moment | what must hold | tried | failed | test |"
    yield "|---|---|---|---|---|---|"
    for one in found:
        counted = tries.get(one.test, {})
        tried, failed = (str(counted.get(key, "–")) for key in ("tried", "failed"))
        test = f"`{one.test.removeprefix('tests/')}`"
        yield "| " + " | ".join((one.fault, one.moment, one.holds, tried, failed, test)) + " |"


def last_tries() -> dict[str, dict[str, int]]:
    """By test; empty when there was no long run."""
    if not TALLY.is_file():
        return {}
    tries: dict[str, dict[str, int]] = json.loads(TALLY.read_text())
    return tries


def _modules(pattern: str) -> list[str]:
    return [f"tests.faults.{path.stem}" for path in sorted(FOLDER.glob(pattern))]


def main() -> None:
    """The table; with `--elsewhere` the tests outside this folder, for pytest."""
    if "--elsewhere" in sys.argv:
        print(*sorted({one.test for one in cells() if FOLDER not in one.path.parents}))
    else:
        print(*markdown(cells(), last_tries()), sep="\n")


if __name__ == "__main__":
    importlib.import_module("tests.faults.table").main()  # the one that the tests import too
