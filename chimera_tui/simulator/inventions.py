"""Numbers that are invented as models invent them, for demos and tests of what notices them; marked nowhere."""

from __future__ import annotations

import random

_FACTORS = (0.62, 0.81, 1.18, 1.34, 1.7)
_OTHER_UNIT = {"s": "ms", "ms": "s", "µs": "ms", "%": "ms", "MB": "GB", "GB": "MB", "B": "MB"}
_MADE_UP = (
    "GPU utilization stayed at about {} % throughout.",
    "The average file size is {} MB.",
    "About {} % of the runs were repeated under the same conditions.",
)


class Inventions:
    """Decides which numbers of one text are wrong, and how; never one where `share` is 0."""

    def __init__(self, share: float, rng: random.Random) -> None:
        """`share` of all numbers, 0…1; one more in each text, where it is above 0 and the text asks for it."""
        self._share = share
        self._rng = rng
        self._owed = share > 0

    def due(self) -> bool:
        """Whether the next number has to be wrong, so that no text is without one; once."""
        owed, self._owed = self._owed, False
        return owed

    def _now(self) -> bool:
        return self._rng.random() < self._share

    def number(self, printed: str) -> str:
        """The number as it was printed, or a wrong one that looks like it."""
        return self.wrong(printed) if self._now() else printed

    def valued(self, printed: str, unit: str) -> str:
        """A number with its unit, or with a wrong value, or under the unit of something else."""
        if self._now():
            if unit in _OTHER_UNIT and self._rng.random() < 0.4:
                unit = _OTHER_UNIT[unit]
            else:
                printed = self.wrong(printed)
        return f"{printed} {unit}" if unit else printed

    def sentence(self) -> str:
        """A statement that no file makes, or nothing; twice as often as any one number is wrong."""
        if self._rng.random() >= 2 * self._share:
            return ""
        return self._rng.choice(_MADE_UP).format(self._rng.randrange(11, 97))

    def wrong(self, printed: str) -> str:
        value = float(printed.replace(",", ""))
        decimals = len(printed.partition(".")[2]) if "e" not in printed.lower() else 3
        if not decimals:
            return str(int(value) + self._rng.choice((-3, -2, -1, 1, 2, 4)) if value > 4 else int(value) + 1)
        told = f"{value * self._rng.choice(_FACTORS):.{decimals}f}"
        return told if told != printed else f"{value + 10**-decimals:.{decimals}f}"
