"""The daemon's routes as typed coroutines, its stream as batches of events; imported after the first frame."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, TypeVar
from urllib.parse import urlencode

from pydantic import ValidationError

from chimera_tui.client.campaigns import CampaignCalls, quoted
from chimera_tui.client.failures import failure_of
from chimera_tui.client.own_socket import OwnSocketTransport
from chimera_tui.domain.comparison import ComparisonView
from chimera_tui.domain.errors import DaemonUnreachable
from chimera_tui.domain.events import Event
from chimera_tui.domain.inventory import FileContent
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.rows import Axis, Growth
from chimera_tui.domain.runs import RunPage, RunRequest, RunSummary
from chimera_tui.domain.statistics import StatisticsView
from chimera_tui.domain.status import DaemonStatus
from chimera_tui.domain.wire import adapter, decode_lines
from chimera_tui.light_httpx import httpx

T = TypeVar("T")
_CONNECT_S = 5.0
_PIECE_BYTES = 8 << 10
"""What is decoded and folded in one go, if it is more than one line: half a millisecond."""
_ANSWER_S = 60.0
"""Commands answer in milliseconds; a preview waits for a slow disk, a refresh for slow servers."""


class DaemonClient(CampaignCalls):
    """One daemon behind its socket. Errors of the daemon are raised as what they were there.

    Every method raises DaemonUnreachable when the connection fails.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self.batches_per_s = 10
        """How often at most the stream tells what happens; what somebody waits for comes at once. 1 to 30."""
        self.joins_tokens = False
        """Whether tokens that came together shall be told as one chunk, with the time of the last: enough for who
        only shows them."""
        self._http = httpx.AsyncClient(
            transport=OwnSocketTransport(socket),
            base_url="http://daemon",
            timeout=httpx.Timeout(_ANSWER_S, connect=_CONNECT_S),
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    # ---- the stream --------------------------------------------------------------------------------------

    def event_batches(self) -> AsyncGenerator[list[Event], None]:
        """What is known (`Attached` … `CaughtUp`), then what happens: one list per network read, never empty;
        of a long read several, so that none takes long.

        Ends when the daemon ends or when this reader fell too far behind; then attach again. Close the
        iterator (`contextlib.aclosing`) to detach.
        """
        return self._stream(f"/v1/events?per_second={self.batches_per_s}&joined={self.joins_tokens:d}")

    async def events(self) -> AsyncGenerator[Event, None]:
        """The same, one by one."""
        async with aclosing(self.event_batches()) as batches:
            async for batch in batches:
                for event in batch:
                    yield event

    def replay(self, run_id: str) -> AsyncGenerator[list[Event], None]:
        """A run of the journal, as a viewer saw it: its events and the metrics in between."""
        return self._stream(f"/v1/runs/{quoted(run_id)}/events")

    async def _stream(self, path: str) -> AsyncGenerator[list[Event], None]:
        timeout = httpx.Timeout(None, connect=_CONNECT_S)
        with self._translated():
            async with self._http.stream("GET", path, timeout=timeout) as response:
                if response.is_error:
                    await response.aread()
                    raise self._failure(response)
                rest = b""
                async for read in response.aiter_raw():
                    *lines, rest = (rest + read).split(b"\n")
                    for piece, is_long in _pieces(lines):
                        yield self._decoded(piece)
                        if is_long:
                            await asyncio.sleep(0)  # the next one waits until keys and drawing had their turn

    def _decoded(self, lines: list[bytes]) -> list[Event]:
        try:
            envelopes = decode_lines(lines)
        except ValidationError as error:
            raise DaemonUnreachable(
                "the daemon tells events that this version does not know",
                where=str(self._socket),
                next_="Stop it with `chimera daemon stop`; the next start uses this version.",
            ) from error
        return [envelope.event for envelope in envelopes]

    # ---- commands ----------------------------------------------------------------------------------------

    async def start_run(self, request: RunRequest) -> str:
        """Begin a run, or a series of runs, and give the first one's id. RunInProgress, NothingToAnalyse,
        SettingInvalid."""
        begun = await self._call("POST", "/v1/runs", asdict(request))
        return str(json.loads(begun)["run_id"])

    async def cancel(self, agent: AgentId | None = None) -> None:
        """Stop one agent or the whole run with the series it is part of; returns when the streams are closed."""
        await self._call("POST", "/v1/cancel", {"agent": agent})

    async def retry(self) -> None:
        """Let a series that waits to try again do so now; nothing when none waits."""
        await self._call("POST", "/v1/retry")

    async def change(self, agent: AgentId, name: str, value: str | None) -> AgentSettings:
        """Set one setting of an agent's next request; None is the server's default. SettingInvalid."""
        body = {"agent": agent, "name": name, "value": value}
        return self._read(AgentSettings, await self._call("PATCH", "/v1/settings", body))

    async def settings(self) -> dict[AgentId, AgentSettings]:
        return self._read(dict[AgentId, AgentSettings], await self._call("GET", "/v1/settings"))

    async def refresh(self) -> None:
        """Ask the servers again; what they say comes as events."""
        await self._call("POST", "/v1/refresh")

    # ---- questions ---------------------------------------------------------------------------------------

    async def preview(self, path: str) -> FileContent:
        """The beginning of a file, named as the inventory lists it. FileNotReadable."""
        return self._read(FileContent, await self._call("GET", "/v1/files", params={"path": path}))

    async def growth(
        self, path: str, columns: Sequence[str] = (), points: int = 1_000, axis: Axis | None = None
    ) -> Growth:
        """What the rows of a listed file tell now: at most about `points` of each named column, else of the best
        one, over an axis, else the best one. FileNotReadable, BadUse."""
        query = [("path", path), ("points", str(points)), *(("column", name) for name in columns)]
        query += [("axis", axis)] if axis else []
        return self._read(Growth, await self._call("GET", f"/v1/growth?{urlencode(query)}"))

    async def runs(self, limit: int = 50, before: str | None = None) -> list[RunSummary]:
        """Newest first, from below the run `before`; one that goes on is `running` and has no agents yet."""
        params = {"limit": str(limit)} | ({"before": before} if before else {})
        return self._read(list[RunSummary], await self._call("GET", "/v1/runs", params=params))

    async def page(self, limit: int, skip: int = 0) -> RunPage:
        """How many runs there are, and `limit` of them, newest first, below the newest `skip`."""
        params = {"limit": str(limit), "skip": str(skip)}
        return self._read(RunPage, await self._call("GET", "/v1/history", params=params))

    async def run(self, run_id: str) -> RunSummary:
        """By id, by the unique beginning of one, or `last`. RunNotFound."""
        return self._read(RunSummary, await self._call("GET", f"/v1/runs/{quoted(run_id)}"))

    async def compare(self, a: Sequence[str], b: Sequence[str], include_flagged: bool = False) -> ComparisonView:
        """B against A, by ids as `run` takes them. RunNotFound."""
        params = {"a": ",".join(a), "b": ",".join(b), "flagged": str(int(include_flagged))}
        return self._read(ComparisonView, await self._call("GET", "/v1/compare", params=params))

    async def run_statistics(self, run_id: str) -> StatisticsView:
        """The latency between a run's tokens. RunNotFound."""
        return self._read(StatisticsView, await self._call("GET", f"/v1/runs/{quoted(run_id)}/statistics"))

    async def series_statistics(self, series_id: str, include_flagged: bool = False) -> StatisticsView:
        """What the runs of a series tell together. RunNotFound."""
        params = {"flagged": str(int(include_flagged))}
        path = f"/v1/series/{quoted(series_id)}/statistics"
        return self._read(StatisticsView, await self._call("GET", path, params=params))

    async def status(self) -> DaemonStatus:
        return self._read(DaemonStatus, await self._call("GET", "/v1/status"))

    async def shutdown(self, when: Literal["now", "idle"] = "now") -> None:
        """`now` cancels what runs; `idle` waits for it. Returns before the daemon has ended."""
        await self._call("POST", "/v1/shutdown", {"when": when})

    # ---- the wire ----------------------------------------------------------------------------------------

    async def _call(
        self, method: str, path: str, body: object = None, *, params: dict[str, str] | None = None
    ) -> bytes:
        with self._translated():
            response = await self._http.request(method, path, json=body, params=params)
        if response.is_error:
            raise self._failure(response)
        return response.content

    def _read(self, record: type[T], content: bytes) -> T:
        try:
            return adapter(record).validate_json(content)
        except ValidationError as error:
            raise failure_of(None, where=str(self._socket)) from error

    def _failure(self, response: httpx.Response) -> Exception:
        try:
            document = response.json()
        except ValueError:
            document = None
        return failure_of(document, where=str(self._socket))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.TimeoutException as error:
            raise DaemonUnreachable(
                "the daemon does not answer", where=str(self._socket), next_="Try again, or stop it by force."
            ) from error
        except httpx.TransportError as error:
            broke_off = isinstance(error, httpx.RemoteProtocolError)
            why = "it broke off in the middle of an answer" if broke_off else str(error)
            raise DaemonUnreachable(
                f"the daemon is gone: {why}" if why else "the daemon is gone",
                where=str(self._socket),
                next_="Start the program again; it starts a new one.",
            ) from error


def _pieces(lines: Sequence[bytes]) -> Iterator[tuple[list[bytes], bool]]:
    """The lines in pieces, with whether each is a long one."""
    piece: list[bytes] = []
    size = 0
    for line in lines:
        piece.append(line)
        size += len(line)
        if size >= _PIECE_BYTES:
            yield piece, True
            piece, size = [], 0
    if piece:
        yield piece, False
