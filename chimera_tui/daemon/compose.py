"""Plugs the daemon's parts together, serves until it is over, and takes them apart in order."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from chimera_tui import __version__, resources
from chimera_tui.daemon.api import Api, Services
from chimera_tui.daemon.arguments import Arguments
from chimera_tui.daemon.beside import beside
from chimera_tui.daemon.bounds import Bounds
from chimera_tui.daemon.claim import Claim
from chimera_tui.daemon.clock import SystemClock
from chimera_tui.daemon.demo import DemoServer, with_demo
from chimera_tui.daemon.history import open_journal
from chimera_tui.daemon.hub import Hub
from chimera_tui.daemon.idle import IdleTelemetry
from chimera_tui.daemon.last_run import recall_last_run
from chimera_tui.daemon.late import LateReportStore
from chimera_tui.daemon.left_runs import LeftRuns
from chimera_tui.daemon.lifecycle import Lifecycle
from chimera_tui.daemon.projection import Projection
from chimera_tui.daemon.server import SocketServer
from chimera_tui.daemon.tidy import Tidying
from chimera_tui.daemon.unsaved import UnsavedReports
from chimera_tui.domain.events import Attached, Notice
from chimera_tui.domain.inventory import OWN_OUTPUT
from chimera_tui.domain.names import to_wire
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.status import DaemonStatus
from chimera_tui.engine.conductor import Conductor
from chimera_tui.engine.outside import Outside
from chimera_tui.engine.prompts import PromptBook
from chimera_tui.services.grounding.checker import CheckingProcess
from chimera_tui.services.inventory.growth import GrowthService, Overheard
from chimera_tui.services.inventory.roots import Roots, resolve_roots
from chimera_tui.services.inventory.service import InventoryService
from chimera_tui.services.ollama.api_key import in_the_clear, read_api_key
from chimera_tui.services.ollama.client import OllamaServer
from chimera_tui.services.ollama.host import parse_host
from chimera_tui.services.surroundings.machine import Machine
from chimera_tui.services.telemetry.nvml import Nvml
from chimera_tui.services.telemetry.service import HardwareTelemetry
from chimera_tui.settings import Settings, load

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from chimera_tui.campaign.desk import Desk

_REFRESH_S = 15.0
"""Between looks at the servers while somebody watches and nothing runs."""
_FINISH_S = 0.5
"""How long the start waits for the end of a run that a killed daemon left: milliseconds, unless it is checked."""
_CLOSE_S = 15.0
"""For a run that is cancelled to close its streams and save what it has."""


_COLLECT = (10_000, 10, 20)
"""Python's own 700, 10, 10 walk every token again and again; what is kept by the thousand makes no circles."""


async def serve(arguments: Arguments, held: Claim, demo: DemoServer | None, *, ready: Callable[[], None]) -> None:
    """Serve until it is over; `ready` is called when the first request would be answered.

    Raises the ChimeraError that keeps it from starting.
    """
    settings = load(arguments.flags, environ=os.environ, roots=arguments.roots, config=arguments.config,
                    read_host=parse_host)  # fmt: skip
    roots = resolve_roots(arguments.roots, settings.limits, links_out=settings.inventory.links_out)
    agents = await with_demo(settings.agents, demo)
    async with AsyncExitStack() as stack:
        daemon = Daemon(held, roots, settings, agents, arguments)
        await daemon.start(stack)
        gc.set_threshold(*_COLLECT)
        ready()
        await daemon.lifecycle.over.wait()
        held.withdraw()


class Daemon:
    """Everything that lives as long as the daemon."""

    def __init__(
        self,
        held: Claim,
        roots: Roots,
        settings: Settings,
        agents: Mapping[AgentId, AgentSettings],
        arguments: Arguments,
    ) -> None:
        self._places = held.places
        self._roots = roots
        self._demo = arguments.demo
        self._began_s = time.monotonic()
        self._loop = asyncio.get_running_loop()
        self.projection = Projection(self._attached(), lambda: self.inventory.snapshot_events())
        self.journal = open_journal(self._places, self._notice_from_any_thread)
        self.hub = Hub(self.projection, self.journal.append, on_viewers=self._viewers_changed)
        self.growth = GrowthService(roots, lambda path: self.inventory.state.entries.get(path))
        heard = Overheard(self.hub, self.growth.heard)
        self.inventory = InventoryService(roots, heard, force_polling=settings.inventory.polling)
        self.checks = CheckingProcess(roots, self.hub)
        key = read_api_key()
        self.ollama = OllamaServer(key, stall_s=settings.run.stall_s)
        hosts = [agents[agent].host for agent in agents]
        self.bounds = Bounds(settings.limits, lambda: self.hub.viewers, self.journal.path)
        self._cautions = (*settings.passed_over, *in_the_clear(hosts, key), *self.bounds.cautions())
        nvml = Nvml()
        telemetry = HardwareTelemetry(nvml)
        output, fallback = Path(roots.paths[0]) / OWN_OUTPUT, self._places.state / OWN_OUTPUT
        store = LateReportStore(output, fallback, links_out=settings.inventory.links_out)
        rescue = self._places.rescue("reports")
        self.unsaved = UnsavedReports(store, self._notice_from_any_thread, rescue)
        self.tidying = Tidying(running=lambda: self.conductor.is_busy)
        self.conductor = Conductor(
            Outside(
                server=self.ollama,
                facts=self.inventory,
                store=self.unsaved,
                sink=Overheard(self.hub, self.tidying.heard),
                clock=SystemClock(),
                prompts=PromptBook.load(resources.folder("prompts")),
                telemetry=telemetry,
                surroundings=Machine(nvml, name_host=settings.run.name_host),
                checker=self.checks,
            ),
            agents,
            repair=settings.run.repair,
        )
        self.left = LeftRuns(self.journal, self.hub, self.inventory, self.checks, self.unsaved)
        self.idle = IdleTelemetry(telemetry, self.hub, running=lambda: self.conductor.is_busy)
        self.lifecycle = Lifecycle(
            running=self._is_needed,
            watched=lambda: self.hub.viewers > 0,
            linger_s=settings.daemon.idle_timeout_s,
            grace_s=arguments.grace_s,
        )
        self.http = SocketServer(Api(self._services()).application(), held.listener, self.lifecycle.touched)

    async def start(self, stack: AsyncExitStack) -> None:
        """Begin to serve. What is pushed on `stack` last is taken down first."""
        stack.push_async_callback(asyncio.to_thread, self.journal.close)
        stack.push_async_callback(self.ollama.aclose)
        stack.push_async_callback(self.checks.stop)
        stack.push_async_callback(self.unsaved.end)
        beside(stack, self.unsaved.keep_trying(), "reports that are not saved yet")
        stack.push_async_callback(self.inventory.stop)
        stack.push_async_callback(self.growth.stop)
        await asyncio.to_thread(
            recall_last_run, self.journal, self.projection, self.conductor, self._notice_from_any_thread
        )
        await self.inventory.start()
        self._finishing = beside(stack, self.left.finish(), "runs that a killed daemon left")
        await asyncio.wait({self._finishing}, timeout=_FINISH_S)
        for caution in self._cautions:
            self.hub.emit(Notice("warning", caution))
        self.conductor.announce()
        self._first_look = beside(stack, self.conductor.refresh(), "first look at the servers")
        beside(stack, self._tell_campaign(), "the newest campaign")
        beside(stack, self._keep_looking(), "looks at the servers")
        beside(stack, self.idle.follow(), "telemetry while nothing runs")
        serving = asyncio.create_task(self.http.run_until_stopped(), name="http")
        serving.add_done_callback(lambda task: self.lifecycle.end())
        stack.push_async_callback(self._stop_serving, serving)
        stack.callback(self.hub.close)
        stack.push_async_callback(self._close_conductor)
        stack.callback(self.lifecycle.close)
        stack.callback(self.tidying.close)
        self._take_signals()

    def _is_needed(self) -> bool:
        """Whether a run would be broken off, or one that is over be lost, if it ended now."""
        return self.conductor.is_busy or bool(self._unsaved())

    def _unsaved(self) -> str:
        """What no disk has taken yet."""
        journal = "what the journal could not write" if self.journal.is_failing else ""
        return " and ".join(filter(None, (self.unsaved.told, journal)))

    def _take_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.lifecycle.end)
        # A terminal that closes must not end a run; whoever wants that sends SIGTERM.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    async def _stop_serving(self, serving: asyncio.Task[None]) -> None:
        self.http.stop()
        await serving

    async def _close_conductor(self) -> None:
        try:
            async with asyncio.timeout(_CLOSE_S):
                await self.conductor.close()
        except TimeoutError:
            self.hub.emit(Notice("error", "A run could not be cancelled in time; the daemon ends without it."))

    def _viewers_changed(self, viewers: int) -> None:
        self.lifecycle.viewers_changed(viewers)
        self.idle.viewers_changed(viewers)
        self.tidying.wanted()

    async def _keep_looking(self) -> None:
        """A run asks the servers itself; beside it nobody else shall."""
        while True:
            await asyncio.sleep(_REFRESH_S)
            if self.hub.viewers and not self.conductor.is_busy:
                await self.conductor.refresh()

    def _notice_from_any_thread(self, notice: Notice) -> None:
        self._loop.call_soon_threadsafe(lambda: self.hub.emit(notice))

    # ---- what the routes and the stream need -------------------------------------------------------------

    def _attached(self) -> Attached:
        return Attached(
            version=__version__,
            roots=tuple(map(to_wire, self._roots.paths)),
            labels=self._roots.labels,
            pid=os.getpid(),
            hostname=socket.gethostname(),
        )

    def _services(self) -> Services:
        return Services(
            commands=self.conductor,
            campaigns=self._campaigns,
            hub=self.hub,
            journal=self.journal,
            preview=self.inventory.preview,
            growth=self.growth,
            admit_run=self._admit_run,
            status=self._status,
            bounds=self.bounds,
            shutdown=self._shutdown,
        )

    @cached_property
    def desk(self) -> Desk:
        """Imported when there are campaigns, or when one is asked for."""
        from chimera_tui.daemon.campaign_desk import desk_of

        return desk_of(self.conductor, self.journal, self.ollama, self.hub)

    async def _tell_campaign(self) -> None:
        """Reads all of its runs: nothing that an answer should wait for."""
        await asyncio.wait({self._finishing})
        if await asyncio.to_thread(self.journal.has_campaigns):
            await self.desk.announce()

    def _campaigns(self) -> ASGIApp:
        from chimera_tui.daemon.campaign_routes import application

        return application(self.desk, self._admit_run)

    async def _admit_run(self) -> None:
        """A run must know whether its server is a simulator before it starts, or it would not be labelled; and
        those that were left without an end come first."""
        self.bounds.admit_run()
        await asyncio.wait({self._first_look, self._finishing})

    def _status(self) -> DaemonStatus:
        return DaemonStatus(
            version=__version__,
            pid=os.getpid(),
            roots=tuple(map(to_wire, self._roots.paths)),
            socket=to_wire(str(self._places.socket)),
            uptime_s=round(time.monotonic() - self._began_s, 3),
            viewers=self.hub.viewers,
            active_run=self.conductor.active_run,
            journal=to_wire(str(self.journal.path)) if self.journal.path else "",
            log=to_wire(str(self._places.log)),
            demo=self._demo,
            outline=self.projection.outline(self.inventory.state.totals() if self.inventory.scanned else None),
            unsaved=self._unsaved(),
        )

    def _shutdown(self, when: Literal["now", "idle"]) -> None:
        if when == "now":
            # After this request's answer is on its way.
            self._loop.call_later(0.05, self.lifecycle.end)
        else:
            self.lifecycle.end_when_idle()
