"""The campaigns of a directory, one line each, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from rich.cells import cell_len

from chimera_tui.domain.campaign_outline import CampaignOutline
from chimera_tui.domain.names import printable
from chimera_tui.tui import formatting
from chimera_tui.tui.campaign_words import STATE_SIGNS, alerts_text, left_text, runs_failed_text
from chimera_tui.tui.widgets.lines import Line, Span, fit
from chimera_tui.tui.widgets.row_list import RowList

_STATE, _WHEN, _RUNS, _SHARE = 13, 16, 11, 7
_LEAST_NAME, _WIDEST_NAME = 8, 40
_GAP = "  "


class CampaignRows(RowList):
    """Give it all campaigns with `tell`, one that has changed with `put`."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._outlines: list[CampaignOutline] | None = None

    def tell(self, outlines: Sequence[CampaignOutline]) -> None:
        """The cursor begins at the one that goes on."""
        self._outlines = list(outlines)
        active = (row for row, outline in enumerate(self._outlines) if outline.state.is_active)
        self._cursor = next(active, 0)
        self.refill()

    def put(self, outline: CampaignOutline) -> None:
        """A new one stands above all others."""
        if self._outlines is None:
            return  # they are being read, with this one among them
        known = [each.campaign_id for each in self._outlines]
        if outline.campaign_id in known:
            self._outlines[known.index(outline.campaign_id)] = outline
        else:
            self._outlines.insert(0, outline)
            self._cursor += 1 if known else 0
        self.refill()

    @property
    def current(self) -> CampaignOutline | None:
        return self._outlines[self._cursor] if self._outlines else None

    @property
    def count(self) -> int:
        return len(self._outlines or ())

    @property
    def empty_words(self) -> str:
        if self._outlines is None:
            return "reading …"
        return "no campaigns yet: `chimera campaign run FILE` begins one"

    def titles(self, width: int) -> Line:
        name = self._name_width(width)
        cells = [fit("state", _STATE), fit("campaign", name), fit("begun, UTC", _WHEN)]
        cells += [fit("runs", _RUNS, right=True), fit("done", _SHARE, right=True), "remarks"]
        return ((" " + _GAP.join(cells), "label"),)

    def row(self, number: int, width: int) -> Line:
        assert self._outlines is not None
        outline = self._outlines[number]
        sign, style = STATE_SIGNS[outline.state]
        runs = f"{formatting.count(outline.done)}/{formatting.count(outline.wanted)}"
        share = formatting.percent(outline.done / outline.wanted if outline.wanted else None)
        begun = f"{outline.begun_utc.astimezone(UTC):%Y-%m-%d %H:%M}"
        return (
            (" " + fit(f"{sign} {outline.state.value}", _STATE) + _GAP, style),
            (fit(printable(outline.name), self._name_width(width)) + _GAP, "strong"),
            (begun + _GAP, "dim"),
            (fit(runs, _RUNS, right=True) + _GAP, "value"),
            (fit(share, _SHARE, right=True) + _GAP, "value"),
            *_remarks(outline),
        )

    def _name_width(self, width: int) -> int:
        """That of the longest name, which leaves room for remarks."""
        taken = 1 + _STATE + _WHEN + _RUNS + _SHARE + 5 * len(_GAP)
        longest = max((cell_len(printable(outline.name)) for outline in self._outlines or ()), default=0)
        return max(_LEAST_NAME, min(_WIDEST_NAME, longest, (width - taken) // 2))


def _remarks(outline: CampaignOutline) -> list[Span]:
    told = [
        (left_text(outline.eta_s) if outline.state.is_active else "", "value"),
        (alerts_text(outline.alerts), "bad"),
        (runs_failed_text(outline.failed), "bad"),
        (printable(outline.why), "dim"),
    ]
    return [(f"{text}   ", style) for text, style in told if text]
