"""A difference in words."""

from __future__ import annotations

import pytest

from chimera_tui.analysis.wording import Better, sentence
from chimera_tui.domain.comparison import ComparedMetric, Verdict

SIX = (1.0,) * 6


def told(
    metric: str, better: Better, seen: float, low: float | None, high: float | None, verdict: Verdict = "better"
) -> str:
    """What is said between the subject and the ending."""
    found = ComparedMetric(
        metric, "a", "tok/s", SIX, SIX, 1.0, 1.0, seen, low, high, 0.00216, verdict, "", seen, low, high, 0.00216
    )
    return sentence(found, better).removeprefix(f"Agent A, {metric}: ").partition(";")[0]


@pytest.mark.parametrize(
    ("seen", "low", "high", "words"),
    [
        (5.284, 4.694, 5.881, "B is 5.28 % faster (95 % interval 4.69–5.88 %)"),
        (-93.31, -93.44, -93.18, "B is 93.3 % slower (95 % interval 93.2–93.4 %)"),
        (2_229.0, 2_201.0, 2_260.0, "B is 23.3× as fast (95 % interval 23.0–23.6×)"),
        (100.0, 96.0, 104.0, "B is 2.00× as fast (95 % interval 1.96–2.04×)"),
        (99.0, 96.0, 104.0, "B is 99.0 % faster (95 % interval 96.0–104 %)"),
        (0.5, -3.0, 4.0, "B is between 3.00 % slower and 4.00 % faster"),
        (60.0, -20.0, 140.0, "B is between 20.0 % slower and 2.40× as fast"),
        (0.0, 0.0, 0.0, "B is the same"),
    ],
)
def test_a_rate_is_told_with_its_interval_and_as_a_factor_from_a_doubling_on(
    seen: float, low: float, high: float, words: str
) -> None:
    assert told("decode rate", "more", seen, low, high) == words


@pytest.mark.parametrize(
    ("metric", "better", "words"),
    [
        ("TTFT, report", "less", "B is 10.0 % later"),
        ("first answer, report", "less", "B is 10.0 % later"),
        ("wall", "less", "B is 10.0 % longer"),
        ("energy per token", "less", "B is 10.0 % higher"),
    ],
)
def test_each_figure_has_its_own_word(metric: str, better: Better, words: str) -> None:
    assert told(metric, better, 10.0, 9.0, 11.0).startswith(words)


def test_without_an_interval_what_was_seen_is_told_in_the_past_tense() -> None:
    assert told("decode rate", "more", 20.0, None, None, "unknown") == "B was 20.0 % faster"
    assert told("wall", "less", 250.0, None, None, "unknown") == "B was 3.50× as long"
