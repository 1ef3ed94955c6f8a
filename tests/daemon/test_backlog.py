"""What waits for a viewer: shorter than what was told, and the same story."""

from __future__ import annotations

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.daemon.backlog import Backlog, compacted, weight
from chimera_tui.domain.events import Envelope, Event, FactsRead, MetricsUpdated
from chimera_tui.domain.grounding import CheckedNumber
from chimera_tui.domain.metrics import AgentState, LiveMetrics
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import AgentStateChanged, Chunk, NumbersChecked, ReportSaved, TokensArrived
from chimera_tui.domain.verdicts import Verdict


def numbered(events: Iterable[Event]) -> list[Envelope]:
    return [Envelope(seq, event) for seq, event in enumerate(events, start=1)]


def told(envelopes: Iterable[Envelope]) -> list[Event]:
    return [envelope.event for envelope in envelopes]


def tokens(agent: AgentId, text: str) -> TokensArrived:
    return TokensArrived("r", agent, "analysis", (Chunk(1, text),))


def checked(agent: AgentId, line: int) -> NumbersChecked:
    numbers = (CheckedNumber(line, 0, 1, "7", Verdict.SUPPORTED),)
    return NumbersChecked("r", agent, "analysis", line, numbers)


def metrics(agent: AgentId, count: int) -> MetricsUpdated:
    return MetricsUpdated("r", agent, LiveMetrics(AgentState.WRITING, tokens=count))


def state(agent: AgentId, new: AgentState = AgentState.WRITING) -> AgentStateChanged:
    return AgentStateChanged("r", agent, new, 5)


A, B = AgentId.A, AgentId.B
SAVED = ReportSaved("r", "/folder", ())

_events = st.lists(
    st.one_of(
        st.builds(tokens, st.sampled_from([A, B]), st.text(max_size=2)),
        st.builds(checked, st.sampled_from([A, B]), st.integers(1, 9)),
        st.builds(metrics, st.sampled_from([A, B]), st.integers(0, 9)),
        st.builds(state, st.sampled_from([A, B]), st.sampled_from(list(AgentState))),
        st.just(SAVED),
    ),
    max_size=40,
)


def test_tokens_of_two_agents_that_take_turns_become_one_event_each() -> None:
    story = [tokens(A, "1"), tokens(B, "x"), tokens(A, "2"), tokens(B, "y"), tokens(A, "3")]
    assert [
        (event.agent, "".join(chunk.text for chunk in event.chunks))
        for event in told(compacted(numbered(story)))
        if isinstance(event, TokensArrived)
    ] == [(A, "123"), (B, "xy")]


@given(_events)
def test_each_agents_story_is_the_same_after_compaction(events: list[Event]) -> None:
    def story(of: Iterable[Event], agent: AgentId) -> list[object]:
        lines: list[object] = []
        checks: list[object] = []
        for event in of:
            if isinstance(event, TokensArrived) and event.agent is agent:
                lines += event.chunks
            elif isinstance(event, NumbersChecked) and event.agent is agent:
                checks.extend(event.numbers)
            elif isinstance(event, AgentStateChanged | ReportSaved) and getattr(event, "agent", agent) is agent:
                lines += [*checks, event]  # checks may stand later among the text, never behind what follows it
                checks.clear()
        return [*lines, *checks]

    short = told(compacted(numbered(events)))
    for agent in AgentId:
        assert story(short, agent) == story(events, agent)
        latest = [e for e in events if isinstance(e, MetricsUpdated) and e.agent is agent][-1:]
        assert [e for e in short if isinstance(e, MetricsUpdated) and e.agent is agent] == latest


@given(_events)
def test_no_check_is_told_before_the_text_that_it_is_of(events: list[Event]) -> None:
    def texts_before(of: Iterable[Event], agent: AgentId) -> list[int]:
        """How many chunks had come at each number."""
        chunks, found = 0, []
        for event in of:
            if isinstance(event, TokensArrived) and event.agent is agent:
                chunks += len(event.chunks)
            elif isinstance(event, NumbersChecked) and event.agent is agent:
                found += [chunks] * len(event.numbers)
        return found

    short = told(compacted(numbered(events)))
    for agent in AgentId:
        pairs = zip(texts_before(short, agent), texts_before(events, agent), strict=True)
        assert all(now >= then for now, then in pairs)


def test_lines_that_are_checked_one_by_one_are_told_together_and_do_not_part_the_text() -> None:
    story = [tokens(A, "1"), checked(A, 1), tokens(A, "2"), checked(A, 2), tokens(A, "3")]
    text, checks = told(compacted(numbered(story)))
    assert isinstance(text, TokensArrived) and isinstance(checks, NumbersChecked)
    assert (len(text.chunks), checks.lines, [number.line for number in checks.numbers]) == (3, 2, [1, 2])


def test_a_thousand_numbers_on_one_line_weigh_as_such() -> None:
    few, many = checked(A, 1), NumbersChecked("r", A, "analysis", 1, checked(A, 1).numbers * 1_000)
    assert weight(many) > 500 * weight(few) / 2


@given(_events)
def test_compacting_in_two_steps_is_compacting_in_one(events: list[Event]) -> None:
    half = len(events) // 2
    envelopes = numbered(events)
    twice = compacted([*compacted(envelopes[:half]), *envelopes[half:]])
    assert told(compacted(twice)) == told(compacted(envelopes))


def test_an_event_carries_the_number_of_its_last_part() -> None:
    short = compacted(numbered([tokens(A, "1"), tokens(A, "2"), state(A)]))
    assert [envelope.seq for envelope in short] == [2, 3]


def test_problems_that_several_readings_told_are_told_together() -> None:
    first = FactsRead(1, 9, 10, (("a.json", "half-written"), ("b.json", "empty")))
    second = FactsRead(2, 9, 20, (("b.json", ""),))
    assert told(compacted(numbered([first, second]))) == [
        FactsRead(2, 9, 20, (("a.json", "half-written"), ("b.json", "")))
    ]


def test_a_viewer_that_stands_still_costs_no_more_than_the_bound() -> None:
    backlog = Backlog(max_events=100, max_bytes=50_000)
    fits = 0
    while backlog.put(Envelope(fits + 1, state(A))):
        fits += 1
    assert fits <= 100
    assert len(backlog) == 0
    assert backlog.take() == []


def test_many_tokens_count_by_their_bytes_and_not_by_their_number() -> None:
    backlog = Backlog(max_events=100, max_bytes=10_000_000)
    assert all(backlog.put(Envelope(seq, tokens(A, "word "))) for seq in range(5_000))
    (envelope,) = backlog.take()
    assert isinstance(envelope.event, TokensArrived)
    assert len(envelope.event.chunks) == 5_000
    bounded = Backlog(max_events=100, max_bytes=100_000)
    assert not all(bounded.put(Envelope(seq, tokens(A, "word "))) for seq in range(5_000))
