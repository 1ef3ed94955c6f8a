"""The lines below the history: the run under the cursor in words, its settings, what disturbed it."""

from __future__ import annotations

from chimera_tui.domain.flags import NOT_KNOWN
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.tui import formatting
from chimera_tui.tui.run_words import RUN_SIGNS, causes_spans, series_words, settings_text, when_text
from chimera_tui.tui.widgets.lines import Line, LinesWidget, cropped


def run_line(run: RunSummary, width: int) -> list[Line]:
    """State, settings and flags, a line each."""
    sign, word, style = RUN_SIGNS[run.state]
    facts: list[str] = []
    if run.series is not None:
        facts.append(f"series {run.series.series_id}: {series_words(run.series)}")
    if len(run.agents) > 1:
        facts.append("in sequence" if run.mode == "sequence" else "together")
    if run.wall_ns:
        facts.append(f"took {formatting.duration(run.wall_ns)}")
    if run.simulated:
        facts.append("simulated")
    facts.append(f"{when_text(run)} UTC")
    head = (f" {sign} {run.run_id} {word}", style)
    about = formatting.crop(f"   {' · '.join(facts)}", max(0, width - len(head[0])))
    return [
        (head, (about, "value")),
        ((formatting.crop(_settings(run), width), "dim"),),
        cropped(((" ", ""), *_unknown(run), *causes_spans(run.flags, whom=True)), width),
    ]


def _unknown(run: RunSummary) -> Line:
    """Why a run that is done has no marks that could be believed."""
    blind = run.state is RunState.DONE and run.is_clean is None
    return ((f"{NOT_KNOWN} {run.verdict}  ", "dim"),) if blind else ()


def _settings(run: RunSummary) -> str:
    """Once when both agents had the same."""
    told: dict[str, list[str]] = {}
    for outcome in run.agents:
        told.setdefault(settings_text(outcome.settings), []).append(outcome.agent.label)
    return "   " + "   ".join(f"{'+'.join(agents)} {text}" for text, agents in told.items())


class RunLine(LinesWidget):
    """Give it the run under the cursor with `tell`; `say` puts a word in the place of its flags until the next."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._run: RunSummary | None = None
        self._word: Line = ()

    def tell(self, run: RunSummary | None) -> None:
        self._run, self._word = run, ()
        self._paint()

    def say(self, style: str, text: str) -> None:
        self._word = ((formatting.crop(f" {text}", self.size.width), style),)
        self._paint()

    def on_resize(self) -> None:
        self._paint()

    def _paint(self) -> None:
        lines: list[Line] = [(), (), ()] if self._run is None else run_line(self._run, self.size.width)
        if self._word:
            lines[2] = self._word
        self.show(lines)
