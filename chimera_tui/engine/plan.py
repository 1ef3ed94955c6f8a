"""What fits into the context: persona, task, other text, facts, and room for the answer."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_tui.domain.options import AgentId
from chimera_tui.engine import factsheet
from chimera_tui.engine.factsheet import FactSheet
from chimera_tui.engine.ports import Corpus
from chimera_tui.engine.prompts import PromptBook, TokenEstimator

_MARGIN_SHARE = 0.08
_LEAST_MARGIN = 32
_REFITS = 3
_WELL_FILLED = 0.9
_BESIDE_SHARE = 3
"""Another text (the agent's own analysis, A's inventory) may take one part in three of what is left for facts."""

_NO_FACTS = FactSheet("", files=0, files_named=0, facts=0, facts_left_out=0, cut="", tokens_estimated=0)


@dataclass(frozen=True, slots=True)
class Plan:
    """One prompt, ready to be sent."""

    prompt: str
    sheet: FactSheet
    cut: str
    """Says everything that was left out, else empty."""
    tokens_estimated: int
    """Persona and prompt together."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Makes the prompts of one agent's run; `today` is a UTC date."""

    agent: AgentId
    prompts: PromptBook
    estimator: TokenEstimator
    corpus: Corpus
    context: int
    num_predict: int | None
    today: str
    inventory: str | None = None
    """What A finished, for B in sequence."""

    def analysis(self) -> Plan:
        inventory, sheet, cut = self._fit(self.inventory, None)
        prompt = self.prompts.analysis(self.agent, sheet.text, self.today, inventory)
        return self._plan(prompt, sheet, cut)

    def report(self, analysis: str) -> Plan:
        """The second prompt, which builds on what the agent wrote to the first."""
        inventory, sheet, cut = self._fit(self.inventory, analysis)
        kept = self.estimator.trim(analysis, self._share())
        prompt = self.prompts.report(self.agent, sheet.text, kept, self.today, inventory)
        return self._plan(prompt, sheet, cut)

    def repair(self, report: str, corrections: str) -> Plan | None:
        """The third prompt, without facts: the report and what is wrong with it. None when an answer as long as
        the report does not fit beside them."""
        prompt = self.prompts.repair(report, corrections)
        tokens = self.estimator.estimate(self.prompts.persona(self.agent) + prompt)
        if tokens + self.estimator.estimate(report) + self._margin() > self.context:
            return None
        return Plan(prompt, _NO_FACTS, "", tokens)

    def _fit(self, inventory: str | None, analysis: str | None) -> tuple[str | None, FactSheet, str]:
        """(inventory as far as it fits, facts that fit beside it and the analysis, what was cut)."""
        used = 0
        cuts: list[str] = []
        kept: dict[str, str] = {}
        for name, text in (("A's inventory", inventory), ("its own analysis", analysis)):
            if text:
                kept[name] = self.estimator.trim(text, self._share())
                used += self.estimator.estimate(kept[name])
                if kept[name] != text:
                    cuts.append(f"{name} cut to {len(kept[name]):,} of {len(text):,} characters")
        sheet = self._sheet(self._room() - used)
        return kept.get("A's inventory", inventory), sheet, "; ".join(filter(None, [sheet.cut, *cuts]))

    def _sheet(self, budget: int) -> FactSheet:
        """The facts that fit, by what the sheet itself is made of: one of long names has other tokens than one of
        many digits."""
        per_token = self.estimator.chars_per_token
        sheet = factsheet.build(self.corpus, budget, per_token, num_ctx=self.context)
        for _ in range(_REFITS):
            tokens = self.estimator.estimate(sheet.text)
            if tokens <= budget and (not sheet.cut or tokens >= _WELL_FILLED * budget):
                break
            per_token = len(sheet.text) / tokens
            sheet = factsheet.build(self.corpus, budget, per_token, num_ctx=self.context)
        return sheet

    def _room(self) -> int:
        """Tokens for facts and other text: the context less persona, task and answer."""
        task = self.prompts.report(self.agent, "", "", self.today, None)
        used = self.estimator.estimate(self.prompts.persona(self.agent) + task)
        answer = factsheet.answer_room(self.context, self.num_predict)
        return max(0, self.context - answer - used - self._margin())

    def _margin(self) -> int:
        """For an estimate that is too low and the model's chat template: a prompt that is too long is refused."""
        return max(_LEAST_MARGIN, int(self.context * _MARGIN_SHARE))

    def _share(self) -> int:
        return self._room() // _BESIDE_SHARE

    def _plan(self, prompt: str, sheet: FactSheet, cut: str) -> Plan:
        tokens = self.estimator.estimate(self.prompts.persona(self.agent) + prompt)
        return Plan(prompt, sheet, cut, tokens)
