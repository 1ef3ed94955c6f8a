"""What the engine asks of the outside world; implemented in services and plugged together in `daemon`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chimera_tui.domain.environment import HostInfo
from chimera_tui.domain.events import Event, ModelInfo
from chimera_tui.domain.grounding import CheckedNumber, CheckedText
from chimera_tui.domain.inventory import FileEntry, FileFacts
from chimera_tui.domain.options import AgentSettings
from chimera_tui.domain.run_events import Chunk
from chimera_tui.domain.runs import RunSummary
from chimera_tui.domain.telemetry import TelemetrySample
from chimera_tui.domain.timings import ServerTimings


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """One streaming request."""

    settings: AgentSettings
    system: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The request is about to leave: the start of TTFT."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """Chunks that came since the last item, oldest first, never empty."""

    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Finished:
    """The `done` line came."""

    server: ServerTimings
    done_reason: str
    """Empty from a server that gives none."""
    at_ns: int


StreamItem = Sent | Arrived | Finished


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """One model of `/api/ps`."""

    name: str
    size_bytes: int | None
    size_vram_bytes: int | None
    context_length: int | None
    """None for what the server does not tell."""


class ModelServer(Protocol):
    """An Ollama server, as the engine needs it. Every method may raise a ChimeraError of `domain.errors`."""

    def ready(self, streams: int) -> AbstractAsyncContextManager[None]:
        """Have what that many streams need started already, until this is left: to start it while another request
        waits would disturb what is measured. Raises nothing."""
        ...

    def stream(self, request: ModelRequest) -> AbstractAsyncContextManager[AsyncIterator[StreamItem]]:
        """Open a stream: `async with server.stream(request) as items: async for item in items`.

        Yields `Sent` once, then `Arrived` batches, then `Finished`. Raises ServerUnreachable, ModelNotFound,
        RequestRejected, ServerBusy, LoadFailed, ModelCrashed, StreamCut or ServerAnsweredBadly. Leaving the
        context, also by cancellation, closes the connection, which stops the server's decoding.
        """
        ...

    async def version(self, host: str) -> str:
        """Empty for a server that does not tell it."""
        ...

    async def models(self, host: str) -> Sequence[ModelInfo]:
        """The server's list, without shapes."""
        ...

    async def show(self, host: str, model: str) -> ModelInfo:
        """One model; `block_count` and `context_length` where it tells. ModelNotFound names those that exist."""
        ...

    async def loaded(self, host: str) -> Sequence[LoadedModel] | None:
        """None for a server that does not tell."""
        ...

    async def preload(self, settings: AgentSettings) -> None: ...

    async def unload(self, host: str, model: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Corpus:
    """What the agents are told about: the user's benchmark files and the numbers found in them."""

    roots: tuple[str, ...]
    files: tuple[FileEntry, ...]
    """Path order; csv, json and md only; our own output left out."""
    facts: tuple[FileFacts, ...]
    """In the order of `files`; a file that was not read yet is missing."""


class FactSource(Protocol):
    @property
    def where(self) -> str:
        """The directories as a person named them, for messages."""
        ...

    async def any_files(self) -> bool:
        """Wait for the first scan, then say whether there is a benchmark file at all."""
        ...

    async def corpus(self) -> Corpus:
        """Wait until what is there now has been read, then give it."""
        ...


class TextCheck(Protocol):
    """One text that is checked while it is written."""

    def add(self, text: str) -> None:
        """What the model wrote next; returns at once."""
        ...

    async def finish(self) -> CheckedText:
        """The text is whole: wait until all of it is checked. Raises nothing; `problem` says what went wrong."""
        ...


class Checker(Protocol):
    """Checks texts against the files of a corpus, outside the event loop."""

    async def prepare(self, corpus: Corpus) -> None:
        """Have every number of these files at hand. Waits for that, but not for ever; raises nothing."""
        ...

    def check(
        self, corpus: Corpus, today: str, tell: Callable[[int, tuple[CheckedNumber, ...]], None]
    ) -> TextCheck:
        """Begin a text. `tell` gets (lines checked so far, claims of the lines added), in reading order, on the
        event loop; `today` is the report's own date, UTC."""
        ...


@dataclass(frozen=True, slots=True)
class AgentText:
    """What one agent wrote, for saving."""

    analysis: str
    report: str
    system: str
    """The persona prompt."""
    data_summary: str
    """The inventory as the agent was told it."""
    checked: CheckedText | None = None
    """What became of the report's numbers; None where it was not checked."""
    unrepaired: str = ""
    """The report as it was before the model mended contradicted numbers; empty when nothing was mended."""
    mended: tuple[CheckedNumber, ...] = ()
    """The numbers of `unrepaired` that the model was asked to mend."""


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a run's reports are."""

    folder: str
    """Absolute path, wire form."""
    files: tuple[str, ...]
    """Names in `folder`."""
    note: str = ""
    """Why they are not where they belong, else empty."""


class ReportStore(Protocol):
    def save(self, summary: RunSummary, texts: Sequence[AgentText]) -> Saved:
        """Write a run's reports atomically. Raises SaveFailed.

        `texts` are in the order of `summary.agents`. Called in a worker thread.
        """
        ...


class Telemetry(Protocol):
    """Samples the hardware while somebody listens."""

    def samples(self) -> AbstractAsyncContextManager[AsyncIterator[TelemetrySample]]:
        """One sample at once, then one a second until the context is left. Missing hardware is no error."""
        ...


class Surroundings(Protocol):
    """Knows the machine that the daemon runs on."""

    async def host(self) -> HostInfo:
        """Learned once; cheap afterwards."""
        ...

    @property
    def commit(self) -> str:
        """Of our checkout; empty in an installed wheel."""
        ...


class EventSink(Protocol):
    def emit(self, event: Event) -> None:
        """Take a fact; returns at once."""
        ...


class Clock(Protocol):
    def monotonic_ns(self) -> int: ...

    def utc_now(self) -> datetime: ...
