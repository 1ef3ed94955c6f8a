"""What all prompts of a campaign are made of: fixed by its first run, kept with it, the same after a restart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.wire import adapter
from chimera_tui.engine.basis import Basis, Fixed
from chimera_tui.engine.ports import Corpus, FactSource
from chimera_tui.engine.workshop import Workshop

_CORPUS, _SIZES = "corpus", "sizes"


@dataclass(slots=True)
class _Sizes:
    """What prompts are fitted to."""

    today: str
    chars_per_token: dict[str, float] = field(default_factory=dict)
    """By model."""
    contexts: dict[str, dict[AgentId, int]] = field(default_factory=dict)
    """By cell and agent, tokens."""


def kept_corpus(kept: Mapping[str, str]) -> Corpus | None:
    """Of a campaign's kept pieces: the files as its first run found them; None before that run was over."""
    return adapter(Corpus).validate_json(kept[_CORPUS]) if _CORPUS in kept else None


class _OneCorpus:
    """The files as they were when the campaign's first run asked."""

    def __init__(self, facts: FactSource, corpus: Corpus | None) -> None:
        self._facts = facts
        self._turn = asyncio.Lock()
        self.known = corpus

    @property
    def where(self) -> str:
        return self._facts.where

    async def any_files(self) -> bool:
        return self.known is not None or await self._facts.any_files()

    async def corpus(self) -> Corpus:
        async with self._turn:
            if self.known is None:
                self.known = await self._facts.corpus()
            return self.known


class CampaignBasis:
    """Gives each cell its basis, and tells what is new of it."""

    def __init__(self, workshop: Workshop, kept: Mapping[str, str], today: str) -> None:
        """`kept` are the pieces that an earlier daemon kept, `today` is the UTC date of a campaign's begin."""
        self._sizes = adapter(_Sizes).validate_json(kept[_SIZES]) if _SIZES in kept else _Sizes(today)
        self._facts = _OneCorpus(workshop.outside.facts, kept_corpus(kept))
        self._workshop = workshop
        self._kept = dict(kept)

    def of(self, cell_id: str) -> Basis:
        """For one run. Contexts are the cell's own: its cells ask for different ones."""
        sizes = self._sizes
        fixed = Fixed(
            sizes.today,
            self._facts.known,
            chars_per_token=sizes.chars_per_token,
            contexts=sizes.contexts.setdefault(cell_id, {}),
        )
        return self._workshop.basis(fixed, self._facts)

    def keep(self, put: Callable[[str, str], object]) -> None:
        """Call `put` with the name and text of every piece that has changed since it was kept last."""
        pieces = {_SIZES: adapter(_Sizes).dump_json(self._sizes).decode()}
        if self._facts.known is not None and _CORPUS not in self._kept:
            pieces[_CORPUS] = adapter(Corpus).dump_json(self._facts.known).decode()
        for name, text in pieces.items():
            if self._kept.get(name) != text:
                put(name, text)
                self._kept[name] = text if name == _SIZES else ""
