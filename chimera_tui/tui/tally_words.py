"""How many numbers of a text had which verdict, in a few cells."""

from __future__ import annotations

from chimera_tui.domain.verdicts import Tally, Verdict
from chimera_tui.tui.formatting import count, percent


def verdict_counts(told: Tally) -> str:
    """`✓ 12 ✗ 2 ≠ 1 ? 3`."""
    counts = (
        (Verdict.SUPPORTED, told.supported),
        (Verdict.CONTRADICTED, told.contradicted),
        (Verdict.MISATTRIBUTED, told.misattributed),
        (Verdict.UNSUPPORTED, told.unsupported),
    )
    return " ".join(f"{verdict.sign} {count(times)}" for verdict, times in counts)


def score_text(told: Tally) -> str:
    """`80 % of 15`: the share of the numbers that the files bear out."""
    return f"{percent(told.score)} of {count(told.claims)}"
