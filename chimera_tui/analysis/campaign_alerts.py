"""Whether a cell has become worse than its baseline, beyond a threshold and beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.analysis.campaign_figures import Measure, counted, measures
from chimera_tui.analysis.intervals import ALPHA, rank_test, ratio_interval
from chimera_tui.domain.campaign import AlertRule, Cell
from chimera_tui.domain.campaign_view import Alert
from chimera_tui.domain.comparison_text import p_words, percent_text, value_text
from chimera_tui.domain.conclusion_text import WAYS, subject
from chimera_tui.domain.runs import RunSummary


def alerts_of(
    cell: Cell, rule: AlertRule, runs: Sequence[RunSummary], baseline: Sequence[RunSummary]
) -> tuple[Alert, ...]:
    """One for each figure of the rule that is worse than the baseline's by more than the threshold.

    All three have to say so: the means, the rank test (p < 0.05), and the whole 95 % interval of the ratio of the
    means, which must lie beyond the threshold. Three runs against three can therefore raise none.
    """
    now, before = counted(runs, cell).runs, counted(baseline, cell).runs
    found = (
        _alert(cell, rule, measure, measure.values(now), measure.values(before))
        for measure in measures(cell.agents)
        if measure.metric in rule.metrics
    )
    return tuple(alert for alert in found if alert is not None)


def _alert(
    cell: Cell, rule: AlertRule, measure: Measure, now: Sequence[float], before: Sequence[float]
) -> Alert | None:
    if not now or not before or sum(before) <= 0:
        return None
    mean, reference = sum(now) / len(now), sum(before) / len(before)
    percent = _worse(measure, mean / reference)
    if percent <= rule.worse_percent:
        return None
    test, ratio = rank_test(now, before), ratio_interval(before, now)
    if test is None or ratio is None or test.p >= ALPHA:
        return None
    least, most = sorted((_worse(measure, ratio.low), _worse(measure, ratio.high)))
    if least <= rule.worse_percent:
        return None
    unit = measure.unit
    words = (
        f"{subject(measure.metric, measure.agent)} is {percent_text(percent)} % {WAYS[measure.metric][1]} than "
        f"the baseline (95 % interval {percent_text(least)}–{percent_text(most)} %): {value_text(mean, unit)} "
        f"against {value_text(reference, unit)}, n = {len(now)} and {len(before)}, {p_words(test.p)}"
    )
    return Alert(cell.cell_id, measure.metric, measure.agent, percent, test.p, words)


def _worse(measure: Measure, ratio: float) -> float:
    """By how many per cent of the baseline's mean."""
    return 100 * (1 - ratio) if measure.more else 100 * (ratio - 1)
