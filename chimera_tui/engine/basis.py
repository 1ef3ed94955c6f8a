"""What all runs of one request make their prompts of: fixed by the first, so that every repeat asks the same."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from chimera_tui.domain.errors import NothingToAnalyse
from chimera_tui.domain.grounding import Grounds
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.engine.factsheet import data_summary
from chimera_tui.engine.ports import Clock, Corpus, FactSource
from chimera_tui.engine.prompts import TokenEstimator


@dataclass(slots=True)
class Fixed:
    """What the first run of a request fixes for all that follow."""

    today: str
    """UTC."""
    corpus: Corpus | None = None
    grounds: Grounds | None = None
    """Of that corpus."""
    chars_per_token: dict[str, float] = field(default_factory=dict)
    """By model."""
    contexts: dict[AgentId, int] = field(default_factory=dict)
    """Tokens that each agent's prompts are fitted to."""


class Basis:
    """Shared by the agents of a run and by the runs of a series, warm-ups included.

    What the runs teach meanwhile, and what changes in the files, is for the next request.
    """

    def __init__(
        self,
        facts: FactSource,
        clock: Clock,
        learning: Callable[[AgentSettings], TokenEstimator],
        fixed: Fixed | None = None,
    ) -> None:
        """`learning` gives the estimator of a model that goes on to learn; `fixed` is what was fixed before."""
        self.fixed = fixed or Fixed(f"{clock.utc_now():%Y-%m-%d}")
        self._facts = facts
        self._learning = learning
        self._said: set[str] = set()
        self._turn = asyncio.Lock()

    async def corpus(self) -> Corpus:
        """The files and their numbers as they were when somebody asked first. Raises NothingToAnalyse."""
        async with self._turn:
            corpus = self.fixed.corpus or await self._facts.corpus()
            if not corpus.files:
                raise NothingToAnalyse(
                    f"nothing to analyse in {self._facts.where}: no csv, json or md file",
                    next_="Put csv, json or md files there, or open another directory.",
                )
            self.fixed.corpus = corpus
            return corpus

    async def grounds(self) -> Grounds:
        """Of the corpus. Raises NothingToAnalyse."""
        corpus = await self.corpus()
        async with self._turn:
            if self.fixed.grounds is None:
                self.fixed.grounds = await asyncio.to_thread(grounds_of, corpus, self.fixed.today)
            return self.fixed.grounds

    def estimator(self, settings: AgentSettings) -> TokenEstimator:
        """As it was when somebody asked first."""
        known = self.fixed.chars_per_token
        return TokenEstimator(known.setdefault(settings.model, self._learning(settings).chars_per_token))

    def context(self, agent: AgentId, believed: int) -> int:
        """The context that the agent's prompts are fitted to: what its first run believed, in tokens.

        A server that chooses it tells only once the model is loaded.
        """
        return self.fixed.contexts.setdefault(agent, believed)

    def first_time(self, text: str) -> bool:
        """Whether nothing of the request said this before; every repeat would say it again."""
        known = text in self._said
        self._said.add(text)
        return not known

    def learn(self, settings: AgentSettings, sent: str, tokens: int, context: int | None = None) -> None:
        """For the requests to come; see `TokenEstimator.learn`."""
        self._learning(settings).learn(sent, tokens, context)


def grounds_of(corpus: Corpus, today: str) -> Grounds:
    """What texts about this corpus rest on; `today` is the date that the agents are told, UTC."""
    return Grounds(today, files_digest(corpus), data_summary(corpus))


def files_digest(corpus: Corpus) -> str:
    """The same as long as no file has come, gone or changed: SHA-256, its first 16 hexadecimal digits."""
    lines = "".join([f"{entry.path}\0{entry.size_bytes}\0{entry.mtime_ns}\n" for entry in corpus.files])
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:16]
