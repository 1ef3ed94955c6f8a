"""A comparison for people and for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from chimera_tui.analysis.speedup import Speedup
from chimera_tui.commands.console import print_table
from chimera_tui.domain.comparison import ComparedMetric, ComparisonView, SettingDifference
from chimera_tui.domain.inventory import printable
from chimera_tui.tui import formatting

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
        print(printable(f"{side}: {', '.join(runs) or 'no run'}"))
    print()
    for sentence in view.headline:
        print(printable(sentence))
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
            ]
        )
    for side, told in speedups.items():
        _print_speedup(side.upper(), told)
    if view.left_out:
        print("\nLeft out")
        print_table([(each.run_id, each.side.upper(), each.why) for each in view.left_out])
    if view.cautions:
        print("\nMind")
        for caution in view.cautions:
            print(printable(f"- {caution}"))


def _other_side(each: SettingDifference) -> str:
    """B's value; what is no difference in effect says so."""
    return f"{each.b}, equal in effect: {each.equal_in_effect}" if each.equal_in_effect else each.b


def _row(found: ComparedMetric) -> tuple[str, ...]:
    return (
        found.agent.upper(),
        found.metric,
        _value(found, found.a_mean),
        str(len(found.a)),
        _value(found, found.b_mean),
        str(len(found.b)),
        _signed(found.difference_percent),
        formatting.MISSING
        if found.low_percent is None
        else f"{_signed(found.low_percent)} … {_signed(found.high_percent)}",
        formatting.MISSING if found.p is None else f"{found.p:.2g}",
        found.verdict if found.verdict != "unknown" else "not known",
    )


def _value(found: ComparedMetric, value: float | None) -> str:
    match found.unit:
        case "ns":
            return formatting.duration(value)
        case "tok/s":
            return formatting.rate(value)
        case "tokens":
            return formatting.MISSING if value is None else f"{value:,.1f}".removesuffix(".0")
        case _:
            return f"{formatting.sig3(value)} {found.unit}".rstrip() if value is not None else formatting.MISSING


def _signed(percent: float | None) -> str:
    if percent == 0:
        return "0 %"
    return (
        formatting.MISSING
        if percent is None
        else f"{percent:+.2g} %"
        if abs(percent) < 10
        else f"{percent:+.0f} %"
    )


def _print_speedup(side: str, told: Speedup) -> None:
    print(f"\n{side}, both at once against each alone")
    if told.speedup is None:
        print(printable(told.caution))
        return
    interval = f" ({told.interval.low:.3g} … {told.interval.high:.3g})" if told.interval else ""
    print(f"speedup: {told.speedup:.3g}×{interval}")
    print(f"overlap efficiency: {formatting.percent(told.overlap_efficiency)}; {told.efficiency_note}")
    if told.caution:
        print(printable(told.caution))
