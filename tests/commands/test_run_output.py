"""What a single run prints, from runs with known figures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chimera_tui.commands.run_output import print_measurement, print_run
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.timings import ClientTimings, ServerTimings
from tests.formats.records import FLAGS, MS, equipped, outcome, request, summary, unreported


def printed(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_the_parts_are_means_over_the_requests_of_the_mean_ttft_and_sum_to_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    slow = ServerTimings(8600 * MS, 6200 * MS, 900, None, 300 * MS, 100, 2000 * MS)
    second = replace(request("report"), server=slow, client=ClientTimings(0, 6_620 * MS, 6_620 * MS, 8_600 * MS))
    print_run(summary(outcome(requests=(request("analysis"), second))))
    told = "mean TTFT of 2 requests 3.62 s = queue 100 ms + load 3.20 s + prefill 300 ms + first step 20.0 ms"
    lines = printed(capsys)
    assert f"A: {told} + rest 0 s" in lines
    assert lines[2].split()[-3:] == ["mean", "TTFT", "span"]


def test_parts_that_not_every_request_reported_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    cut = replace(unreported("report"), client=ClientTimings(0, 1000 * MS, 1000 * MS, 1500 * MS))
    print_run(summary(outcome(requests=(request("analysis"), cut))))
    assert "A: mean TTFT of 2 requests 810 ms; not every request reported its parts" in printed(capsys)


def test_a_model_that_thinks_first_has_its_first_answer_told(capsys: pytest.CaptureFixture[str]) -> None:
    client = ClientTimings(0, 600 * MS, 2_000 * MS, 2_600 * MS)
    print_run(summary(outcome(requests=(replace(request("analysis"), client=client),))))
    assert "A: first answer, after its thoughts: 2.00 s" in printed(capsys)


def test_one_agent_is_alone_and_not_together(capsys: pytest.CaptureFixture[str]) -> None:
    print_run(summary(outcome()))
    assert printed(capsys)[0].startswith("run k3v9qa: done, A alone, 6.00 s, ")


def test_every_flag_is_told_with_its_cause_under_the_tally(capsys: pytest.CaptureFixture[str]) -> None:
    print_measurement(equipped())
    assert printed(capsys) == [
        "⚑2 •1: left out of comparisons unless asked for",
        "⚑ agent B, analysis: queued behind the other agent: waited 24.5 s behind A",
        "⚑ other GPU processes: train.py had memory of GPU 0",
        "• agent A, report: cached prompt: 890 of 900 tokens",
    ]


def test_only_what_was_measured_is_clean(capsys: pytest.CaptureFixture[str]) -> None:
    print_measurement(replace(equipped(), flags=FLAGS[2:]))
    print_measurement(summary(outcome(requests=(unreported("analysis"),))))
    print_measurement(summary(state=RunState.FAILED))
    told = printed(capsys)
    assert told[0] == "clean: nothing is known to have disturbed it"
    assert told[2] == "not known whether anything disturbed it: the server left counters out"
    assert told[3] == "not known whether anything disturbed it: it failed"
