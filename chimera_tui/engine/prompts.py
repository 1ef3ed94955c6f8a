"""The prompts: one file per persona and step, filled in, and how many tokens they will be."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.options import AgentId

START_CHARS_PER_TOKEN = 1.9
"""Of a fact sheet. Many tokenizers give every digit and every sign a token of its own: a line such as
`n=12 min=0.0941341 mean=0.118515` has 1.7 (a token per digit) to 2.2 (digits by threes). To guess too few is the
dear mistake: `/api/chat` refuses a message that does not fit, `/api/generate` silently drops half of it."""

_DIGIT, _SIGN, _LETTER = 0.9, 0.85, 0.25
"""Tokens per ASCII digit, per other sign or foreign letter, and per ASCII letter or blank."""
_DIGITS = re.compile(r"[0-9]")
_LETTERS = re.compile(r"[A-Za-z \n]")
_BOUNDS = (1.0, 6.0)
_PLAUSIBLE = (0.8, 8.0)
_WEIGHT = 0.5
_MIN_CHARS = 400
"""Shorter prompts are mostly the model's chat template."""
_SUSPICIOUS_JUMP = 1.6


class TokenEstimator:
    """Tokens of a text before the server has counted them, corrected by what it counted last."""

    def __init__(self, chars_per_token: float = START_CHARS_PER_TOKEN) -> None:
        self._chars_per_token = chars_per_token

    @property
    def chars_per_token(self) -> float:
        """Of a fact sheet, which is most of a prompt."""
        return self._chars_per_token

    def estimate(self, text: str) -> int:
        """Prose has fewer tokens than a fact sheet of the same length."""
        return math.ceil(_tokens(text) * START_CHARS_PER_TOKEN / self._chars_per_token)

    def trim(self, text: str, tokens: int) -> str:
        """The beginning of the text that fits, to the last whole line where there is one."""
        low, high = 0, len(text)
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.estimate(text[:middle]) <= tokens else (low, middle - 1)
        if low == len(text):
            return text
        return text[: text.rfind("\n", 0, low + 1)] if "\n" in text[: low + 1] else text[:low]

    def learn(self, sent: str, prompt_eval_count: int, num_ctx: int | None = None) -> None:
        """Take what `prompt_eval_count` says of a text that was sent: at once when those are more tokens than were
        expected, half-way when they are fewer.

        Counts that look truncated are ignored: at the limit of `num_ctx`, or above its half with far fewer
        tokens than expected (a real server kept 131 of 17,219 tokens at 256, dropping blocks of half a context).
        """
        if len(sent) < _MIN_CHARS or prompt_eval_count <= 0:
            return
        seen = _tokens(sent) * START_CHARS_PER_TOKEN / prompt_eval_count
        if not _PLAUSIBLE[0] <= seen <= _PLAUSIBLE[1]:
            return
        if num_ctx is not None:
            fewer = seen > self._chars_per_token * _SUSPICIOUS_JUMP
            if prompt_eval_count >= num_ctx - 1 or (prompt_eval_count >= num_ctx // 2 and fewer):
                return
        weight = _WEIGHT if seen > self._chars_per_token else 1.0
        moved = self._chars_per_token + weight * (seen - self._chars_per_token)
        self._chars_per_token = min(max(moved, _BOUNDS[0]), _BOUNDS[1])


def _tokens(text: str) -> float:
    """Of a tokenizer whose fact sheets have `START_CHARS_PER_TOKEN`; others have about the same multiple of it in
    any text, whatever share of it is prose."""
    digits, letters = len(_DIGITS.findall(text)), len(_LETTERS.findall(text))
    return _DIGIT * digits + _LETTER * letters + _SIGN * (len(text) - digits - letters)


_NAMES = {AgentId.A: "collector", AgentId.B: "explainer"}
_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "collector_persona": frozenset(),
    "collector_analysis": frozenset({"facts", "today"}),
    "collector_report": frozenset({"facts", "today", "analysis"}),
    "explainer_persona": frozenset(),
    "explainer_analysis": frozenset({"facts", "today", "inventory"}),
    "explainer_report": frozenset({"facts", "today", "inventory", "analysis"}),
    "explainer_inventory": frozenset({"inventory"}),
    "repair": frozenset({"report", "corrections"}),
}
"""Every prompt file and exactly the placeholders it must hold."""
_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")
_DELIMITER = re.compile(r"^(?====)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PromptBook:
    """The prompts of both agents; `facts` are given as `factsheet.build` made them, `today` as a UTC date."""

    texts: Mapping[str, str]

    @classmethod
    def load(cls, folder: Path) -> PromptBook:
        """Read every prompt; FileNotReadable for one that is missing or whose placeholders are wrong."""
        return cls({name: _read(folder / f"{name}.md", wanted) for name, wanted in _PLACEHOLDERS.items()})

    def persona(self, agent: AgentId) -> str:
        """The system message."""
        return self.texts[f"{_NAMES[agent]}_persona"]

    def analysis(self, agent: AgentId, facts: str, today: str, inventory: str | None = None) -> str:
        """The first request. `inventory` is what A finished, for B in sequence; A has no use for it."""
        given = {"facts": facts, "today": today, "inventory": self._inventory(inventory)}
        return _fill(self.texts[f"{_NAMES[agent]}_analysis"], given)

    def report(self, agent: AgentId, facts: str, analysis: str, today: str, inventory: str | None = None) -> str:
        """The second request, which builds on the analysis that the same agent wrote."""
        given = {
            "facts": facts,
            "today": today,
            "analysis": _quoted(analysis),
            "inventory": self._inventory(inventory),
        }
        return _fill(self.texts[f"{_NAMES[agent]}_report"], given)

    def repair(self, report: str, corrections: str) -> str:
        """The third request, of either agent: its own report, and a line for each number to be put right."""
        return _fill(self.texts["repair"], {"report": _quoted(report), "corrections": _quoted(corrections)})

    def _inventory(self, inventory: str | None) -> str:
        if inventory is None or not inventory.strip():
            return ""
        return _fill(self.texts["explainer_inventory"], {"inventory": _quoted(inventory)})


def _read(file: Path, wanted: frozenset[str]) -> str:
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FileNotReadable(
            f"the prompt {file.name} can not be read: {error}",
            where=str(file),
            next_="Restore the file or reinstall Chimera TUI.",
        ) from error
    found = set(_PLACEHOLDER.findall(text))
    if found == wanted:
        return text
    missing, unknown = sorted(wanted - found), sorted(found - wanted)
    wrong = [f"lacks {{{name}}}" for name in missing] + [f"has an unknown {{{name}}}" for name in unknown]
    raise FileNotReadable(
        f"the prompt {file.name} {' and '.join(wrong)}",
        where=str(file),
        next_="Placeholders it must hold: "
        + (", ".join(f"{{{name}}}" for name in sorted(wanted)) or "none")
        + ".",
    )


def _fill(template: str, given: Mapping[str, str]) -> str:
    """One pass, so that braces in what is filled in stay as they are."""
    if not given.get("inventory"):
        template = template.replace("{inventory}\n\n", "")
    return _PLACEHOLDER.sub(lambda match: given[match.group(1)], template)


def _quoted(model_text: str) -> str:
    """A model's text, in which no line can pass for one of the lines that delimit it."""
    return _DELIMITER.sub(" ", model_text.strip())
