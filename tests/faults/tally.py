"""A pytest plugin for `make faults`: how often each test tried its fault, kept for the table."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.faults.table import TALLY

_tried: Counter[str] = Counter()
_failed: Counter[str] = Counter()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    test = report.nodeid.partition("[")[0]
    if report.failed:
        _failed[test] += 1
    if report.when == "call" and not report.skipped:
        _tried[test] += int(str(dict(report.user_properties).get("tried", 1)))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workerinput"):
        return  # the process that gathers the reports writes them
    TALLY.parent.mkdir(exist_ok=True)
    counted = {test: {"tried": _tried[test], "failed": _failed[test]} for test in sorted({*_tried, *_failed})}
    TALLY.write_text(json.dumps(counted, indent=1) + "\n")
