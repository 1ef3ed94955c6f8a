"""Fakes at the engine's outer boundary: a server that follows a script, facts in memory, a sink that listens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from chimera_tui.domain.environment import HostInfo
from chimera_tui.domain.errors import ChimeraError, ModelNotFound, ServerUnreachable
from chimera_tui.domain.events import Event, ModelInfo
from chimera_tui.domain.inventory import FieldFact, FileEntry, FileFacts
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import Chunk
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.telemetry import HostSample, TelemetrySample
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine.conductor import Conductor
from chimera_tui.engine.outside import Outside
from chimera_tui.engine.ports import (
    AgentText,
    Arrived,
    Checker,
    Corpus,
    Finished,
    LoadedModel,
    ModelRequest,
    Saved,
    Sent,
    StreamItem,
)
from chimera_tui.engine.prompts import PromptBook
from chimera_tui.resources import folder

MS = 1_000_000
HOST = "http://127.0.0.1:11434"


class ManualClock:
    """Moves a millisecond at every look, so that stamps differ and runs are the same each time."""

    def __init__(self) -> None:
        self.now_ns = 1_000 * MS

    def monotonic_ns(self) -> int:
        self.now_ns += MS
        return self.now_ns

    def utc_now(self) -> datetime:
        return datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


@dataclass
class ScriptedServer:
    """Streams `chunks` for every request, then `final`; hangs or fails where told."""

    clock: ManualClock
    chunks: tuple[str, ...] = ("# Title\n\n", "It ", "holds ", "2 files.\n")
    final: ServerTimings = field(
        default_factory=lambda: ServerTimings(
            total_ns=900 * MS,
            load_ns=100 * MS,
            prompt_tokens=500,
            prompt_ns=200 * MS,
            eval_tokens=5,
            eval_ns=400 * MS,
        )
    )
    answers: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """Chunks in place of `chunks`, by request, counted from 1."""
    done_reason: str = "stop"
    thinks: bool = False
    """The first chunk of every answer is a thought."""
    fail_with: ChimeraError | None = None
    fail_at_request: int = 1
    fail_requests: frozenset[int] | None = None
    """Only these fail, counted from 1; None is every one from `fail_at_request` on."""
    hang: asyncio.Event | None = None
    """When set, a stream waits for it after its first chunk."""
    hang_at: int = 1
    """The first request that does."""
    first_token_ns: int = 0
    """How long the first token takes, beside the clock's own steps."""
    version_text: str = "0.33.3"
    requests: list[ModelRequest] = field(default_factory=list)
    closed: int = 0
    unloaded: list[str] = field(default_factory=list)
    preloaded: list[AgentSettings] = field(default_factory=list)
    preload_hang: asyncio.Event | None = None
    down: bool = False
    """Nobody answers anything but streams."""
    loaded_models: list[LoadedModel] = field(default_factory=list)
    known: tuple[ModelInfo, ...] = (ModelInfo("mid:latest"), ModelInfo("tiny:latest"))

    @asynccontextmanager
    async def ready(self, streams: int) -> AsyncIterator[None]:
        yield

    @asynccontextmanager
    async def stream(self, request: ModelRequest) -> AsyncIterator[AsyncIterator[StreamItem]]:
        self.requests.append(request)
        items = self._items(len(self.requests))
        try:
            yield items
        finally:
            self.closed += 1
            await items.aclose()

    async def _items(self, number: int):  # type: ignore[no-untyped-def]
        yield Sent(self.clock.monotonic_ns())
        failing = number >= self.fail_at_request if self.fail_requests is None else number in self.fail_requests
        if self.fail_with is not None and failing:
            raise self.fail_with
        self.clock.now_ns += self.first_token_ns
        for index, text in enumerate(self.answers.get(number, self.chunks)):
            await asyncio.sleep(0)
            yield Arrived((Chunk(self.clock.monotonic_ns(), text, thinking=self.thinks and index == 0),))
            if index == 0 and self.hang is not None and number >= self.hang_at:
                await self.hang.wait()
        yield Finished(self.final, self.done_reason, self.clock.monotonic_ns())

    async def version(self, host: str) -> str:
        return self.version_text

    def _refuse_when_down(self) -> None:
        if self.down:
            raise ServerUnreachable(f"no answer from {HOST}", where=HOST, next_="Is Ollama running there?")

    async def models(self, host: str) -> Sequence[ModelInfo]:
        return self.known

    async def show(self, host: str, model: str) -> ModelInfo:
        if all(known.name != model for known in self.known):
            raise ModelNotFound(f"model {model!r} not found", where=host, next_="There are: mid:latest.")
        return ModelInfo(model, block_count=34, context_length=131_072)

    async def loaded(self, host: str) -> Sequence[LoadedModel]:
        self._refuse_when_down()
        return tuple(self.loaded_models)

    async def preload(self, settings: AgentSettings) -> None:
        self.preloaded.append(settings)
        if self.preload_hang is not None:
            await self.preload_hang.wait()
        self._refuse_when_down()

    async def unload(self, host: str, model: str) -> None:
        self.unloaded.append(model)
        self.loaded_models = [entry for entry in self.loaded_models if entry.name != model]


FILES = (
    FileEntry("reports/a.csv", FileKind.CSV, 120, 1_763_146_410_000_000_000),
    FileEntry("reports/b.json", FileKind.JSON, 80, 1_763_146_420_000_000_000),
)
FACTS = tuple(
    FileFacts(
        e.path, e.kind, e.size_bytes, e.mtime_ns, 3, ("x",), (FieldFact("ttft_s", 3, 0.1, 0.2, 0.2, 0.3, "s"),), 3
    )
    for e in FILES
)


@dataclass
class FactsInMemory:
    files: tuple[FileEntry, ...] = FILES
    facts: tuple[FileFacts, ...] = FACTS
    where: str = "/data/reports"

    async def any_files(self) -> bool:
        return bool(self.files)

    async def corpus(self) -> Corpus:
        return Corpus(("reports",), self.files, self.facts)


@dataclass
class Shelf:
    """A report store that keeps what it is given."""

    fail_with: Exception | None = None
    saved: list[tuple[RunSummary, tuple[AgentText, ...]]] = field(default_factory=list)

    def save(self, summary: RunSummary, texts: Sequence[AgentText]) -> Saved:
        if self.fail_with is not None:
            raise self.fail_with
        self.saved.append((summary, tuple(texts)))
        return Saved("/reports/chimera_runs/x", ("metrics.json",))


@dataclass
class Samples:
    """One sample at once, then one whenever `more` is set."""

    clock: ManualClock
    open: int = 0
    more: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def samples(self) -> AsyncIterator[AsyncIterator[TelemetrySample]]:
        self.open += 1
        items = self._items()
        try:
            yield items
        finally:
            self.open -= 1
            await items.aclose()

    async def _items(self):  # type: ignore[no-untyped-def]
        while True:
            yield TelemetrySample(self.clock.monotonic_ns(), HostSample(cpu_percent=12.5))
            await self.more.wait()
            self.more.clear()


@dataclass
class Bench:
    """The machine of a test."""

    commit: str = "0123abc"

    async def host(self) -> HostInfo:
        return HostInfo("Linux", "6.1", "a processor", 2, 8 << 30, "3.11", "0" * 12)


@dataclass
class Pauses:
    """Stands in for `asyncio.sleep`: a pause lasts until `over` is set, however long it was meant to be."""

    taken: list[float] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    begins: Callable[[int], None] = lambda number: None
    """Called at each one with its number, from 1."""

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.begins(len(self.taken))
        await self.over.wait()


@dataclass
class Listener:
    events: list[Event] = field(default_factory=list)

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type) -> list:  # type: ignore[type-arg]
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Stage:
    """A conductor with everything around it."""

    conductor: Conductor
    server: ScriptedServer
    facts: FactsInMemory
    shelf: Shelf
    heard: Listener
    clock: ManualClock
    telemetry: Samples
    pauses: Pauses


def stage(checker: Checker | None = None, *, repair: bool = False, **server_settings: object) -> Stage:
    clock = ManualClock()
    server = ScriptedServer(clock, **server_settings)  # type: ignore[arg-type]
    facts, shelf, heard = FactsInMemory(), Shelf(), Listener()
    telemetry, pauses = Samples(clock), Pauses()
    book = PromptBook.load(folder("prompts"))
    outside = Outside(server, facts, shelf, heard, clock, book, telemetry, Bench(), checker)
    settings = {agent: AgentSettings("mid:latest", HOST) for agent in AgentId}
    conductor = Conductor(outside, settings, repair=repair, sleep=pauses)
    return Stage(conductor, server, facts, shelf, heard, clock, telemetry, pauses)
