"""The prompts: one file per persona and step, filled in, and how many tokens they will be."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.options import AgentId

START_CHARS_PER_TOKEN = 3.2
"""Of text that is rich in digits and file names; prose in English has about 4.5."""
UNKNOWN_CONTEXT = 4096
"""The smallest default of the server: what it uses when nobody asked and nothing is loaded."""

_LEAST_CONTEXT = 4
_BOUNDS = (1.5, 6.0)
_WEIGHT = 0.5
_MIN_CHARS = 400
"""Shorter prompts are mostly the model's chat template."""
_SUSPICIOUS_JUMP = 1.3
_ANSWER_SHARE = 0.45
_ANSWER_MOST = 1500
_ANSWER_CAP = 0.6
"""Even a large `num_predict` leaves this much less than the whole context to the answer."""


def answer_room(num_ctx: int, num_predict: int | None) -> int:
    """Tokens of the context kept free for the answer: `num_predict`, else 45 % of `num_ctx` up to 1,500.

    Never more than 60 % of `num_ctx`: a prompt that does not fit is cut by the server without a word.
    """
    if num_predict is not None:
        return max(1, min(num_predict, int(num_ctx * _ANSWER_CAP)))
    return max(1, min(_ANSWER_MOST, int(num_ctx * _ANSWER_SHARE)))


def context_size(
    requested: int | None, model_context_length: int | None, loaded_context_length: int | None
) -> int:
    """The `num_ctx` that the server is believed to use for the next request.

    A request is clamped to the model's training context and to 4 from below; without one, the model as it is
    loaded tells; nothing known means 4,096.
    """
    size = requested if requested is not None else loaded_context_length or UNKNOWN_CONTEXT
    if model_context_length:
        size = min(size, model_context_length)
    return max(_LEAST_CONTEXT, size)


class TokenEstimator:
    """Tokens of a text before the server has counted them, corrected by what it counted last."""

    def __init__(self, chars_per_token: float = START_CHARS_PER_TOKEN) -> None:
        self._chars_per_token = chars_per_token

    @property
    def chars_per_token(self) -> float:
        return self._chars_per_token

    def estimate(self, text: str) -> int:
        return math.ceil(len(text) / self._chars_per_token)

    def learn(self, chars_sent: int, prompt_eval_count: int, num_ctx: int | None = None) -> None:
        """Move half-way towards what a finished request's `prompt_eval_count` says.

        Counts that look truncated are ignored: at the limit of `num_ctx`, or above its half with far fewer
        tokens than expected (the server drops whole blocks of half a context: 131 of 17,219 tokens at 256).
        """
        if chars_sent < _MIN_CHARS or prompt_eval_count <= 0:
            return
        seen = chars_sent / prompt_eval_count
        if not _BOUNDS[0] / 2 <= seen <= _BOUNDS[1] * 2:
            return
        if num_ctx is not None:
            fewer = seen > self._chars_per_token * _SUSPICIOUS_JUMP
            if prompt_eval_count >= num_ctx - 1 or (prompt_eval_count >= num_ctx // 2 and fewer):
                return
        moved = self._chars_per_token + _WEIGHT * (seen - self._chars_per_token)
        self._chars_per_token = min(max(moved, _BOUNDS[0]), _BOUNDS[1])


_NAMES = {AgentId.A: "collector", AgentId.B: "explainer"}
_PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    "collector_persona": frozenset(),
    "collector_analysis": frozenset({"facts", "today"}),
    "collector_report": frozenset({"facts", "today", "analysis"}),
    "explainer_persona": frozenset(),
    "explainer_analysis": frozenset({"facts", "today", "inventory"}),
    "explainer_report": frozenset({"facts", "today", "inventory", "analysis"}),
    "explainer_inventory": frozenset({"inventory"}),
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
