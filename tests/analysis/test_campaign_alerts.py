"""Alerts: a cell is worse than its baseline, beyond a threshold and beyond chance."""

from __future__ import annotations

import pytest

from chimera_tui.analysis.campaign_alerts import alerts_of
from chimera_tui.domain.campaign import AlertRule
from chimera_tui.domain.runs import RunSummary
from tests.analysis.campaigns import blocks, constant, plan
from tests.analysis.campaigns import cell as made

CELL = made(1)


def runs(rate: float, ttft_ms: float = 320.0, *, repeats: int = 6, noise: float = 0.005) -> list[RunSummary]:
    return blocks(plan(CELL), constant(rate), constant(ttft_ms), repeats=repeats, noise=noise)


def test_a_rate_that_fell_and_a_wait_that_grew_are_told_with_their_numbers() -> None:
    alerts = alerts_of(CELL, AlertRule(worse_percent=5.0), runs(40.0, 480.0), runs(50.0))
    assert [(alert.metric, alert.agent) for alert in alerts] == [
        ("decode rate", "a"),
        ("decode rate", "b"),
        ("TTFT", "a"),
        ("TTFT", "b"),
    ]
    assert alerts[0].cell_id == CELL.cell_id
    assert alerts[0].percent == pytest.approx(20.0, abs=1)
    assert alerts[2].percent == pytest.approx(50.0, abs=2)
    assert alerts[0].p < 0.05
    assert alerts[0].words.startswith("A's decode rate is ")
    assert "slower than the baseline (95 % interval " in alerts[0].words
    assert "tok/s against 50" in alerts[0].words
    assert "n = 6 and 6" in alerts[0].words
    assert "later than the baseline" in alerts[2].words


@pytest.mark.parametrize(
    ("rate", "noise", "repeats"),
    [
        (48.0, 0.001, 6),  # below the threshold
        (60.0, 0.005, 6),  # better
        (40.0, 0.005, 3),  # three against three can show nothing
        (47.0, 0.03, 6),  # beyond the threshold by the means, but the interval is not
    ],
)
def test_what_is_not_surely_worse_by_more_than_the_threshold_is_no_alert(
    rate: float, noise: float, repeats: int
) -> None:
    now, before = runs(rate, repeats=repeats, noise=noise), runs(50.0, repeats=repeats, noise=noise)
    assert alerts_of(CELL, AlertRule(worse_percent=5.0), now, before) == ()


def test_only_the_metrics_of_the_rule_are_looked_at() -> None:
    rule = AlertRule(metrics=("TTFT",))
    assert alerts_of(CELL, rule, runs(30.0), runs(50.0)) == ()
    assert len(alerts_of(CELL, rule, runs(50.0, 900.0), runs(50.0))) == 2


def test_without_a_baseline_nothing_is_worse() -> None:
    assert alerts_of(CELL, AlertRule(), runs(30.0), []) == ()
    assert alerts_of(CELL, AlertRule(), [], runs(30.0)) == ()
