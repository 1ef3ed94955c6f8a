"""From a command to the daemon of its directories: started when none is there, told what the flags say."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chimera_tui.client.start import PendingDaemon, begin
from chimera_tui.commands.flags import setting_flags
from chimera_tui.domain.errors import BadUse
from chimera_tui.domain.options import OPTIONS_BY_NAME, AgentId, AgentSettings
from chimera_tui.settings import Settings

if TYPE_CHECKING:
    from chimera_tui.client.api import DaemonClient

CHANGEABLE = frozenset({"model", "host", "api", *OPTIONS_BY_NAME})
"""What a daemon that already runs lets be changed; the rest it is started with."""


def begin_daemon(roots: Sequence[Path], arguments: Namespace) -> PendingDaemon:
    """Find or start the daemon; returns at once. It reads the settings itself, with these flags on top."""
    flags = setting_flags(arguments)
    if arguments.demo and any(name.endswith(".host") for name in flags):
        raise BadUse("a demo talks to its own simulator", next_="Leave out --host, or leave out --demo.")
    extra = [word for name, value in flags.items() for word in ("--set", f"{name}={value}")]
    if arguments.config is not None:
        extra += ["--config", str(arguments.config)]
    return begin(roots, demo=arguments.demo, extra=extra)


async def reach(pending: PendingDaemon) -> DaemonClient:
    """A client of the daemon once it answers. What is heavy is imported meanwhile, away from the event loop."""

    import asyncio  # with Textual or a command's own loop by then, but not before the daemon is begun

    def wait() -> DaemonClient:
        from chimera_tui.client.api import DaemonClient

        return DaemonClient(pending.wait())

    return await asyncio.to_thread(wait)


async def apply_flags(client: DaemonClient, settings: Settings) -> None:
    """Give a daemon that may have run before what the flags ask for; one that was just started has it already.

    Raises SettingInvalid, ModelNotFound, or BadUse for a flag that only a new daemon can take.
    """
    known = await client.settings()
    for agent in AgentId:
        wanted = settings.agents[agent]
        for name in _flagged(agent, settings):
            value = _value(wanted, name)
            if value == _value(known[agent], name):
                continue
            if name not in CHANGEABLE:
                raise BadUse(
                    f"a daemon already runs for this directory with another {name}",
                    next_="Stop it first: chimera daemon stop",
                )
            await client.change(agent, name, None if value is None else str(value))


def _flagged(agent: AgentId, settings: Settings) -> list[str]:
    prefix = f"agents.{agent}."
    return [
        name.removeprefix(prefix)
        for name, origin in settings.origins.items()
        if name.startswith(prefix) and origin.source == "flag"
    ]


def _value(settings: AgentSettings, name: str) -> object:
    return settings.options.get(name) if name in OPTIONS_BY_NAME else getattr(settings, name)
