"""What has to be said beside the figures of a group: values that lie far off, drift, settings that are mixed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from chimera_tui.analysis.drift import ALPHA as DRIFT_ALPHA
from chimera_tui.analysis.drift import FEWEST as FEWEST_FOR_DRIFT
from chimera_tui.analysis.outliers import ALPHA as OUTLIER_ALPHA
from chimera_tui.analysis.outliers import FEWEST as FEWEST_FOR_OUTLIERS
from chimera_tui.analysis.outliers import Outlier
from chimera_tui.analysis.series import Measured, SeriesStatistics
from chimera_tui.domain.comparison_text import percent_text, value_text


def remarks_of(told: SeriesStatistics) -> tuple[str, ...]:
    """A sentence each: what the runs mix, then drift and outliers of each figure and, where there are some, how
    many figures were looked at."""
    agents = [(agent.agent.label, each) for agent in told.agents for each in agent.metrics]
    named = [(f"{label} {each.sample.metric}", each) for label, each in agents]
    named += [(each.sample.metric, each) for each in (told.wall, told.energy_per_token)]
    odd = [sentence for name, each in named for sentence in oddities(name, each)]
    return (*told.cautions, *odd, *(looked_at(each for _, each in named) if odd else ()))


def oddities(name: str, measured: Measured) -> Iterator[str]:
    """Drift and outliers of one figure; whatever lies far off counts all the same."""
    drift = measured.description.drift
    if drift.direction in ("rising", "falling"):
        yield f"{name}: {drift.words}"
    if far := measured.description.outliers:
        runs = [f"{measured.sample.run_ids[each.place]} with {_told(each, measured.sample.unit)}" for each in far]
        lies, count = ("lies", "it counts") if len(far) == 1 else ("lie", "they count")
        others = value_text(far[0].others, measured.sample.unit)
        yield f"{name}: {' and '.join(runs)} {lies} far off the others' median of {others}; {count} all the same"


def looked_at(figures: Iterable[Measured]) -> Sequence[str]:
    """In how many figures outliers and drift were looked for, and how often chance alone would show one."""
    sizes = [each.description.n for each in figures]
    outliers = sum(n >= FEWEST_FOR_OUTLIERS for n in sizes)
    drifts = sum(n >= FEWEST_FOR_DRIFT for n in sizes)
    if not outliers:
        return ()
    told = f"{_figures(outliers)} looked at for outliers (by chance in {1_000 * OUTLIER_ALPHA:.0f} of 1,000)"
    if drifts:
        told += f", {drifts} for drift ({1_000 * DRIFT_ALPHA:.0f} of 1,000)"
    return (told,)


def _figures(n: int) -> str:
    return "1 figure was" if n == 1 else f"{n} figures were"


def _told(outlier: Outlier, unit: str) -> str:
    """`80.0 tok/s (59.9 % above)`."""
    value = value_text(outlier.value, unit)
    if outlier.percent is None:
        return value
    side = "above" if outlier.percent > 0 else "below"
    return f"{value} ({percent_text(abs(outlier.percent))} % {side})"
