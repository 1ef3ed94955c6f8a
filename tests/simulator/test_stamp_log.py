"""The log of send stamps: one row per token, on the clock of whoever reads it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from chimera_tui.simulator.stamp_log import read_stamps
from tests.simulator.raw import RawRequest
from tests.simulators import running_simulator

BODY = {"model": "tiny", "prompt": "say", "options": {"num_predict": 30}}


def test_every_streamed_token_is_stamped_around_its_send(tmp_path: Path) -> None:
    log = tmp_path / "stamps"
    with running_simulator("--models", "tiny", "--load-s", "0", "--stamp-log", str(log)) as simulator:
        began_ns = time.monotonic_ns()
        for _ in range(2):
            with RawRequest(simulator, BODY) as request:
                answer = request.read_until(b'"done":true')
        ended_ns = time.monotonic_ns()
    stamps = read_stamps(log)
    assert sorted({stamp.request for stamp in stamps}) == [1, 2]
    last = [stamp for stamp in stamps if stamp.request == 2]
    assert len(last) == answer.count(b'"done":false')
    times = [at_ns for stamp in stamps for at_ns in (stamp.before_ns, stamp.after_ns)]
    assert times == sorted(times)
    assert began_ns < times[0] and times[-1] < ended_ns


def test_an_answer_in_one_document_leaves_no_stamps(tmp_path: Path) -> None:
    log = tmp_path / "stamps"
    with (
        running_simulator("--models", "tiny", "--load-s", "0", "--stamp-log", str(log)) as simulator,
        RawRequest(simulator, BODY | {"stream": False}) as request,
    ):
        request.read_until(b'"done":true')
    assert read_stamps(log) == []


def test_a_log_that_can_not_be_written_is_told_at_the_start(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "chimera_tui.simulator", "--port", "0", "--stamp-log", str(tmp_path)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "can not be written" in ended.stderr and "Traceback" not in ended.stderr
