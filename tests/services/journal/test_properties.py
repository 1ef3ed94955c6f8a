"""Whatever is written to a journal comes back, in any order of runs, over closing, packing and opening again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import Chunk, RequestSent, RunEvent, TokensArrived
from tests.faults.hostile import WORDS
from tests.services.journal.test_journal import finished, opened, started

RUNS = ("aaaaaa", "bbbbbb", "cccccc")
texts = st.one_of(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.sampled_from(WORDS))
nanoseconds = st.integers(0, 2**63 - 1)
chunks = st.builds(Chunk, nanoseconds, texts, st.booleans())
tokens = st.builds(
    TokensArrived,
    st.sampled_from(RUNS),
    st.sampled_from(AgentId),
    st.just("analysis"),
    st.lists(chunks, min_size=1, max_size=5).map(tuple),
)
requests = st.builds(
    RequestSent, st.sampled_from(RUNS), st.sampled_from(AgentId), st.just("analysis"), nanoseconds, texts, texts
)
histories: st.SearchStrategy[list[RunEvent]] = st.lists(st.one_of(tokens, requests), max_size=25)


def single(events: Iterable[RunEvent]) -> list[RunEvent]:
    """Batches of an agent may be kept as one, and then stand before or after those of the other agent: each token
    by itself, one agent after the other, each in the order in which its events were told."""
    return sorted(_single(events), key=lambda event: getattr(event, "agent", ""))


def _single(events: Iterable[RunEvent]) -> list[RunEvent]:
    found: list[RunEvent] = []
    for event in events:
        if isinstance(event, TokensArrived):
            found += [replace(event, chunks=(chunk,)) for chunk in event.chunks]
        else:
            found.append(event)
    return found


@settings(max_examples=settings().max_examples if settings().max_examples >= 1_000 else 6)
@given(events=histories, ended=st.sets(st.sampled_from(RUNS)), cut=st.integers(0, 25))
def test_every_event_comes_back_over_closing_and_opening(
    events: list[RunEvent], ended: set[str], cut: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        wanted: dict[str, list[RunEvent]] = {name: [started(name)] for name in RUNS}
        journal = opened(path)
        for name in RUNS:
            journal.append(started(name))
        for number, event in enumerate(events):
            if number == cut:
                for name in sorted(ended):  # what comes later is of another run
                    journal.append(finished(name))
                    wanted[name].append(finished(name))
            if number >= cut and event.run_id in ended:
                continue
            journal.append(event)
            wanted[event.run_id].append(event)
        assert {name: single(journal.events(name)) for name in RUNS} == {n: single(wanted[n]) for n in RUNS}
        journal.close()
        journal = opened(path)  # it ends the runs that were left open
        for name, kept in wanted.items():
            assert single(_single(journal.events(name))[: len(_single(kept))]) == single(kept)
        journal.close()
