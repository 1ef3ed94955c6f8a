"""A comparison for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from chimera_tui.analysis.speedup import Speedup
from chimera_tui.commands.console import print_table, tell
from chimera_tui.domain import formatting
from chimera_tui.domain.comparison import ComparedMetric, ComparisonView, SettingDifference
from chimera_tui.domain.comparison_text import (
    difference_text,
    interval_text,
    p_text,
    runs_text,
    value_text,
    verdict_text,
)

HEADINGS = ("agent", "figure", "A", "n", "B", "n", "difference", "95 % interval", "p", "verdict")


def comparison_document(view: ComparisonView, speedups: Mapping[str, Speedup]) -> dict[str, object]:
    """Plain JSON values; a side has a speedup when runs of each agent alone belong to it."""
    return {
        "schema": "chimera.comparison",
        "version": 1,
        **asdict(view),
        "speedup": {side: asdict(told) for side, told in speedups.items()},
    }


def print_comparison(view: ComparisonView, speedups: Mapping[str, Speedup]) -> None:
    for side, runs in (("A", view.a_runs), ("B", view.b_runs)):
        tell(f"{side} = {runs_text(len(runs))}: {', '.join(runs)}" if runs else f"{side}: no run counts")
    print()
    for sentence in view.headline:
        tell(sentence)
    if view.metrics:
        print()
        reported = [each for each in view.metrics if each.a or each.b]
        print_table([HEADINGS, *map(_row, reported)], right=range(2, 9))
    if view.settings:
        print("\nWhat else differs")
        print_table(
            [
                ("agent", "setting", "A", "B"),
                *((each.agent.upper(), each.name, each.a, _other_side(each)) for each in view.settings),
            ],
            keys=2,
        )
    for side, told in speedups.items():
        _print_speedup(side.upper(), told)
    if view.left_out:
        print("\nLeft out")
        print_table([(each.run_id, each.side.upper(), each.why) for each in view.left_out])
    if view.cautions:
        print("\nMind")
        for caution in view.cautions:
            tell(f"- {caution}")


def _other_side(each: SettingDifference) -> str:
    """B's value; what is no difference in effect says so."""
    return f"{each.b}, equal in effect: {each.equal_in_effect}" if each.equal_in_effect else each.b


def _row(found: ComparedMetric) -> tuple[str, ...]:
    return (
        found.agent.upper(),
        found.metric,
        value_text(found.a_mean, found.unit),
        str(len(found.a)),
        value_text(found.b_mean, found.unit),
        str(len(found.b)),
        difference_text(found),
        interval_text(found),
        p_text(found.p),
        verdict_text(found),
    )


def _print_speedup(side: str, told: Speedup) -> None:
    print(f"\n{side}, both at once against each alone")
    if told.speedup is None:
        tell(told.caution)
        return
    low, high = (told.interval.low, told.interval.high) if told.interval else (None, None)
    interval = f" (95 % interval {formatting.sig3(low)}–{formatting.sig3(high)}×)" if told.interval else ""
    print(f"speedup: {formatting.sig3(told.speedup)}×{interval}")
    tell(f"overlap efficiency: {formatting.percent(told.overlap_efficiency)}; {told.efficiency_note}")
    if told.caution:
        tell(told.caution)
