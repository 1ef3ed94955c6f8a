"""Which figures there are, in the order of the table."""

from __future__ import annotations

from benchmarks.figure import Measure
from benchmarks.measures import (
    churn_keys,
    facts,
    file_row,
    filter_key,
    first_frame,
    history,
    idle,
    long_pane,
    loop_lag,
    memory,
    rates,
    scan,
    scan_stall,
    streaming,
)

MEASURES: tuple[Measure, ...] = (
    streaming,
    rates,
    long_pane,
    loop_lag,
    first_frame,
    scan,
    scan_stall,
    file_row,
    filter_key,
    churn_keys,
    facts,
    history,
    memory,
    idle,
)


def chosen(names: tuple[str, ...] = ()) -> tuple[Measure, ...]:
    """The measurements that give these figures, or all. A measurement's own name chooses it as well.

    Raises ValueError with what there is, when a name is unknown.
    """
    known = {figure.name: module for module in MEASURES for figure in module.FIGURES}
    known |= {str(getattr(module, "__name__", "")).rpartition(".")[2]: module for module in MEASURES}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no figure {', '.join(unknown)}; there are {', '.join(known)}")
    wanted = [known[name] for name in names] or list(MEASURES)
    return tuple(module for module in MEASURES if module in wanted)
