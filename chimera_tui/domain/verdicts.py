"""What can become of a checked number, and how many became it: what a viewer needs of grounding at its start."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What the files say of one number of a report."""

    SUPPORTED = "supported"
    """Equals a fact for its subject, at the precision written."""
    CONTRADICTED = "contradicted"
    """Its subject has a known true value, and it is another one."""
    MISATTRIBUTED = "misattributed"
    """A number of the files, under the name, unit or model of something else."""
    UNSUPPORTED = "unsupported"
    """Nothing in the files settles it."""
    NOT_A_CLAIM = "not_a_claim"
    """Says nothing about the data: a section number, a name, a target."""

    @property
    def is_claim(self) -> bool:
        return self is not Verdict.NOT_A_CLAIM

    @property
    def accuses(self) -> bool:
        """Whether it says that the number is wrong where it stands."""
        return self in (Verdict.CONTRADICTED, Verdict.MISATTRIBUTED)

    @property
    def sign(self) -> str:
        """One character for a margin; the same on every screen and in every file."""
        return _SIGNS[self]


_SIGNS = {
    Verdict.SUPPORTED: "✓",
    Verdict.CONTRADICTED: "✗",
    Verdict.MISATTRIBUTED: "≠",
    Verdict.UNSUPPORTED: "?",
    Verdict.NOT_A_CLAIM: " ",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How many numbers of a text had which verdict."""

    supported: int = 0
    contradicted: int = 0
    misattributed: int = 0
    unsupported: int = 0

    @property
    def claims(self) -> int:
        return self.supported + self.contradicted + self.misattributed + self.unsupported

    @property
    def score(self) -> float | None:
        """Supported numbers as a share of all claims, 0…1; None without any claim."""
        return self.supported / self.claims if self.claims else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.supported + other.supported,
            self.contradicted + other.contradicted,
            self.misattributed + other.misattributed,
            self.unsupported + other.unsupported,
        )
