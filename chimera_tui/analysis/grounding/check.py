"""Checks a text line by line: every number with what the files say of it."""

from __future__ import annotations

from chimera_tui.analysis.grounding.claims import MOST_READ, Claim, NoClaim, NotRead, claims_of
from chimera_tui.analysis.grounding.facts import Facts
from chimera_tui.analysis.grounding.judge_dates import judge_date
from chimera_tui.analysis.grounding.judge_fields import judge_field
from chimera_tui.analysis.grounding.judge_inventory import judge_inventory
from chimera_tui.analysis.grounding.judgement import Judgement
from chimera_tui.analysis.grounding.page import Page
from chimera_tui.domain.grounding import CheckedNumber
from chimera_tui.domain.verdicts import Verdict

_QUOTED = 4
"""So many digits in advice are a measured value, not a proposal."""


_NOT_READ = Judgement(Verdict.UNSUPPORTED, why=f"not looked up: behind the first {MOST_READ} of its line")


class TextChecker:
    """One text. What was said of a line never changes when more lines come."""

    def __init__(self, facts: Facts, today: str = "") -> None:
        """`today` is the report's own date, ISO; a date that is merely today's says nothing about the data."""
        self._facts = facts
        self._today = today
        self._page = Page()

    def feed(self, line: str) -> list[CheckedNumber]:
        """Every number of one complete line, without its end, also those that are no claims."""
        read = self._page.feed(line)
        return [self._checked(read.number, found) for found in claims_of(read)]

    def _checked(self, line: int, found: Claim | NoClaim | NotRead) -> CheckedNumber:
        token = found.token
        judged, subject = _NOT_READ, ""
        match found:
            case NoClaim(why=why):
                judged = Judgement(Verdict.NOT_A_CLAIM, why=why)
            case Claim():
                judged, subject = self._judge(found), found.subject
        return CheckedNumber(
            line,
            token.start,
            token.end,
            token.text,
            judged.verdict,
            subject,
            judged.truth,
            judged.place,
            judged.why,
        )

    def _judge(self, claim: Claim) -> Judgement:
        if claim.token.look == "date":
            if self._today and claim.token.text.startswith(self._today):
                return Judgement(Verdict.NOT_A_CLAIM, why="today")
            return judge_date(claim, self._facts.inventory)
        judged = judge_inventory(claim, self._facts.inventory) or judge_field(claim, self._facts)
        if claim.advises and judged.verdict is not Verdict.CONTRADICTED and not _is_fact(claim, judged):
            return Judgement(Verdict.NOT_A_CLAIM, why="advice")
        return judged


def _is_fact(claim: Claim, judged: Judgement) -> bool:
    """Whether a number in a piece of advice is quoted from the files rather than proposed."""
    if judged.verdict is not Verdict.SUPPORTED or judged.place is None:
        return judged.verdict is Verdict.MISATTRIBUTED
    return not judged.place.path or (claim.token.decimals > 0 and claim.token.significant >= _QUOTED)
