"""The hub: everybody hears the same, late comers hear what they missed, nobody slow costs memory."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chimera_tui.daemon.hub import GATHER_S, Hub, Subscription
from chimera_tui.daemon.projection import Projection
from chimera_tui.domain.events import (
    Attached,
    CaughtUp,
    Envelope,
    Event,
    FilesChanged,
    MetricsUpdated,
    Notice,
    ServerSeen,
    SettingsChanged,
)
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.metrics import AgentState, LiveMetrics, Offload
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    Chunk,
    OffloadMeasured,
    RunEvent,
    RunStarted,
    TokensArrived,
)
from chimera_tui.domain.wire import decode, event_json

SETTINGS = AgentSettings("m", "http://h")
ATTACHED = Attached("0", ("/r",), ("r",), 1, "box")
STARTED = RunStarted("run111", (AgentId.A,), "together", (SETTINGS,), datetime(2026, 3, 1, tzinfo=UTC), 1)


def tokens(*texts: str) -> TokensArrived:
    return TokensArrived("run111", AgentId.A, "analysis", tuple(Chunk(at, text) for at, text in enumerate(texts)))


def metrics(count: int) -> MetricsUpdated:
    return MetricsUpdated("run111", AgentId.A, LiveMetrics(AgentState.WRITING, tokens=count))


def offloaded(blocks: int, run_id: str = "") -> OffloadMeasured:
    return OffloadMeasured(run_id, AgentId.A, Offload(80, blocks), 0)


class World:
    """A hub with everything around it that a test looks at."""

    def __init__(self, inventory: Iterable[Event] = (), **bounds: int) -> None:
        self.recorded: list[RunEvent] = []
        self.viewers: list[int] = []
        projection = Projection(ATTACHED, lambda: inventory)
        self.hub = Hub(projection, self._record, on_viewers=self.viewers.append, **bounds)

    def _record(self, event: RunEvent, text: str | None) -> None:
        assert text is None or text == event_json(event)
        self.recorded.append(event)


@pytest.fixture
async def world() -> World:
    return World()


async def read_until(viewer: Subscription, last: Event, timeout_s: float = 10.0) -> list[Envelope]:
    """Everything up to and with `last`."""
    lines: list[Envelope] = []
    async with asyncio.timeout(timeout_s):
        async for block in viewer:
            assert block.endswith(b"\n")
            lines += [decode(line) for line in block.splitlines()]
            if any(line.event == last for line in lines):
                return lines
    raise AssertionError(f"the stream ended before {last}")


def told(envelopes: Iterable[Envelope]) -> list[Event]:
    return [envelope.event for envelope in envelopes]


async def test_a_viewer_hears_first_who_answers_then_the_state_then_that_it_caught_up() -> None:
    entry = FileEntry("r/a.csv", FileKind.CSV, 1, 2)
    world = World(inventory=[FilesChanged((entry,), initial=True)])
    seen = ServerSeen("http://h", "0.33", (), simulated=False)
    settings = [SettingsChanged(agent, SETTINGS) for agent in AgentId]
    offload = offloaded(26)
    for event in (SettingsChanged(AgentId.A, AgentSettings("old", "http://h")), seen, *settings, offload, STARTED):
        world.hub.emit(event)
    for event in (tokens("a"), metrics(1), tokens("b"), metrics(2)):
        world.hub.emit(event)
    with world.hub.subscribe() as viewer:
        lines = await read_until(viewer, CaughtUp())
    assert told(lines) == [
        ATTACHED,
        FilesChanged((entry,), initial=True),
        seen,
        *settings,
        STARTED,
        TokensArrived("run111", AgentId.A, "analysis", (Chunk(0, "a"), Chunk(0, "b"))),
        offload,
        metrics(2),
        CaughtUp(),
    ]


async def test_only_events_of_runs_are_recorded(world: World) -> None:
    measured = offloaded(26, "run111")
    for event in (offloaded(26), STARTED, metrics(1), measured, tokens("a"), Notice("info", "hello")):
        world.hub.emit(event)
    assert world.recorded == [STARTED, measured, tokens("a")]


@pytest.mark.parametrize(
    ("events", "heard"),
    [
        ((offloaded(1), STARTED, offloaded(2, "run111")), [offloaded(2, "run111")]),
        (
            (STARTED, offloaded(1, "run111"), offloaded(2, "run111")),
            [offloaded(1, "run111"), offloaded(2, "run111")],
        ),
        ((STARTED, offloaded(1, "run111"), offloaded(2)), [offloaded(1, "run111"), offloaded(2)]),
        ((offloaded(1, "before"), replace(STARTED, agents=(AgentId.B,))), [offloaded(1, "before")]),
    ],
)
async def test_a_late_viewer_knows_the_latest_offload_and_hears_a_runs_own_in_its_place(
    world: World, events: tuple[Event, ...], heard: list[Event]
) -> None:
    for event in events:
        world.hub.emit(event)
    with world.hub.subscribe() as viewer:
        story = told(await read_until(viewer, CaughtUp()))
    assert [event for event in story if isinstance(event, OffloadMeasured)] == heard


async def test_attaching_at_any_moment_leaves_no_gap_and_no_overlap(world: World) -> None:
    last = AgentStateChanged("run111", AgentId.A, AgentState.DONE, 9)
    world.hub.emit(STARTED)
    readers = []
    for number in range(200):
        world.hub.emit(tokens(f"{number} "))
        if number % 20 == 0:
            viewer = world.hub.subscribe()
            readers.append((viewer, asyncio.create_task(read_until(viewer, last))))
        if number % 7 == 0:
            await asyncio.sleep(0)
    world.hub.emit(last)
    for viewer, reader in readers:
        with viewer:
            events = told(await reader)
        text = "".join(c.text for event in events if isinstance(event, TokensArrived) for c in event.chunks)
        assert text == "".join(f"{number} " for number in range(200))


async def test_numbers_of_live_events_go_up(world: World) -> None:
    with world.hub.subscribe() as viewer:
        for number in range(50):
            world.hub.emit(AgentStateChanged("run111", AgentId.A, AgentState.WRITING, number))
        lines = await read_until(viewer, AgentStateChanged("run111", AgentId.A, AgentState.WRITING, 49))
    live = [line.seq for line in lines if isinstance(line.event, AgentStateChanged)]
    assert live == list(range(1, 51))


async def test_tokens_that_come_close_together_go_out_as_one_write(world: World) -> None:
    with world.hub.subscribe() as viewer:
        blocks = viewer.__aiter__()
        await anext(blocks)
        world.hub.emit(tokens("first"))
        await anext(blocks)
        for number in range(10):
            world.hub.emit(tokens(str(number)))
            await asyncio.sleep(0)
        (line,) = (await anext(blocks)).splitlines()
        event = decode(line).event
        assert isinstance(event, TokensArrived)
        assert [chunk.text for chunk in event.chunks] == [str(number) for number in range(10)]
        await blocks.aclose()


async def test_tokens_that_nobody_can_read_so_fast_are_gathered_for_longer(world: World) -> None:
    with world.hub.subscribe() as viewer:
        blocks = viewer.__aiter__()
        await anext(blocks)
        for count, pauses in ((1, 1), (400, 3), (2, 1)):
            world.hub.emit(tokens(*("." * count)))
            await anext(blocks)
            assert viewer._pause_s == pauses * GATHER_S
        await blocks.aclose()


@pytest.mark.parametrize(("per_s", "pauses"), [(130, 1), (225, 2), (375, 3), (10_000, 3)])
async def test_the_faster_tokens_come_the_longer_they_are_gathered(world: World, per_s: int, pauses: int) -> None:
    with world.hub.subscribe() as viewer:
        await read_until(viewer, CaughtUp())
        world.hub.emit(tokens(*("." * per_s * 10)))
        viewer._sent_at = asyncio.get_running_loop().time() - 10
        assert viewer._pauses() == pauses


async def test_who_only_shows_tokens_gets_those_that_came_together_as_one(world: World) -> None:
    thinking = (Chunk(1, "I ", True), Chunk(2, "think", True))
    whole = replace(tokens(), chunks=(*thinking, Chunk(3, "Yes"), Chunk(4, ".")))
    joined = replace(whole, chunks=(Chunk(2, "I think", True), Chunk(4, "Yes.")))
    with world.hub.subscribe(joined=True) as viewer, world.hub.subscribe() as other:
        world.hub.emit(whole)
        assert whole not in told(await read_until(viewer, joined))
        assert joined not in told(await read_until(other, whole))


async def test_what_surrounds_a_request_is_not_drawn_while_the_server_takes_it(world: World) -> None:
    with world.hub.subscribe() as viewer:
        await read_until(viewer, CaughtUp())
        loop = asyncio.get_running_loop()
        state = AgentStateChanged("run111", AgentId.A, AgentState.PREFILL, 5)
        emitted_at = loop.time()
        world.hub.emit(state)
        await read_until(viewer, state)
        assert loop.time() - emitted_at >= GATHER_S * 0.99


async def test_a_viewer_chooses_its_pace_and_still_hears_at_once_what_somebody_waits_for(world: World) -> None:
    with world.hub.subscribe(gather_s=3600) as viewer:
        await read_until(viewer, CaughtUp())
        state, notice = AgentStateChanged("run111", AgentId.A, AgentState.PREFILL, 5), Notice("info", "now")
        world.hub.emit(state)
        assert viewer._timer is not None
        assert viewer._timer.when() - asyncio.get_running_loop().time() > 3_000
        world.hub.emit(notice)
        assert told(await read_until(viewer, notice)) == [state, notice]


async def test_what_can_wait_leaves_at_once_with_what_can_not(world: World) -> None:
    with world.hub.subscribe() as viewer:
        await read_until(viewer, CaughtUp())
        state, notice = AgentStateChanged("run111", AgentId.A, AgentState.PREFILL, 5), Notice("info", "now")
        world.hub.emit(state)
        world.hub.emit(notice)
        assert told(await read_until(viewer, notice)) == [state, notice]


async def test_a_viewer_that_does_not_read_is_let_go_and_the_others_hear_all() -> None:
    world = World(max_events=500)
    last = Notice("info", "the end")
    with world.hub.subscribe() as slow, world.hub.subscribe() as quick:
        reader = asyncio.create_task(read_until(quick, last))
        for number in range(2_000):
            world.hub.emit(Notice("warning", str(number)))
            await asyncio.sleep(0)
        world.hub.emit(last)
        heard = [event.text for event in told(await reader) if isinstance(event, Notice) and event != last]
        assert heard == [str(number) for number in range(2_000)]
        assert slow.lost
        assert [block async for block in slow] == []


async def test_many_files_come_in_parts_that_make_the_same_whole() -> None:
    entries = tuple(FileEntry(f"r/{n}.csv", FileKind.CSV, n, n) for n in range(5_000))
    world = World(inventory=[FilesChanged(entries, initial=True)])
    with world.hub.subscribe() as viewer:
        lines = await read_until(viewer, CaughtUp())
    parts = [event for event in told(lines) if isinstance(event, FilesChanged)]
    assert tuple(entry for part in parts for entry in part.changed) == entries
    assert all(part.initial for part in parts)
    assert max(len(part.changed) for part in parts) <= 1_000


async def test_notices_that_nobody_saw_are_told_to_the_first_who_looks(world: World) -> None:
    notice = Notice("warning", "the journal was damaged")
    world.hub.emit(notice)
    with world.hub.subscribe() as viewer:
        assert notice in told(await read_until(viewer, CaughtUp()))
    with world.hub.subscribe() as viewer:
        assert notice not in told(await read_until(viewer, CaughtUp()))


async def test_closing_sends_what_is_left_and_ends_every_stream(world: World) -> None:
    with world.hub.subscribe() as viewer:
        world.hub.emit(Notice("info", "goodbye"))
        world.hub.close()
        heard = told([decode(line) async for block in viewer for line in block.splitlines()])
    assert heard[-1] == Notice("info", "goodbye")
    with world.hub.subscribe() as late:
        assert [decode(line).event async for block in late for line in block.splitlines()][-1] == CaughtUp()


async def test_viewers_are_counted_as_they_come_and_go(world: World) -> None:
    with world.hub.subscribe(), world.hub.subscribe():
        assert world.hub.viewers == 2
    assert world.hub.viewers == 0
    assert world.viewers == [1, 2, 1, 0]
