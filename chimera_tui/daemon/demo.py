"""The simulator that a demo's daemon runs as its child."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace

from chimera_tui import resources
from chimera_tui.domain.errors import ServerUnreachable
from chimera_tui.domain.options import AgentId, AgentSettings, Options

_READY_S = 20.0
_END_S = 3.0
_INVENTED = 0.06
"""Of the numbers in a demo's reports: two or three in each, so that it is seen what notices them."""


class DemoServer:
    """Started at once, asked for its address later: it starts while the daemon imports."""

    def __init__(self, flags: Sequence[str] = ()) -> None:
        """`flags` go to `python -m chimera_tui.simulator` after our own."""
        # Two slots, so that both agents write at the same time; it ends with our end of its input, however we die.
        own = ("--port", "0", "--exit-with-stdin", "--num-parallel", "2", "--invent", str(_INVENTED))
        self._process = subprocess.Popen(
            resources.child_command("chimera_tui.simulator", *own, *flags),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=resources.child_environment(),
        )

    async def host(self) -> str:
        """Its base URL once it listens. Raises ServerUnreachable."""
        assert self._process.stdout is not None
        try:
            line = await asyncio.wait_for(asyncio.to_thread(self._process.stdout.readline), _READY_S)
            ready = json.loads(line)
            return f"http://{ready['host']}:{ready['port']}"
        except (TimeoutError, ValueError, KeyError) as error:
            raise ServerUnreachable(
                "the built-in simulator did not start",
                where="simulator",
                next_="Run `chimera simulate` to see why.",
            ) from error

    def close(self) -> None:
        """End it and wait for its end."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


async def with_demo(
    agents: Mapping[AgentId, AgentSettings], demo: DemoServer | None
) -> Mapping[AgentId, AgentSettings]:
    """The settings, with the demo's server where there is a demo. Raises ServerUnreachable."""
    if demo is None:
        return agents
    host = await demo.host()
    return {
        agent: replace(settings, host=host, options=_with_options(settings.options))
        for agent, settings in agents.items()
    }


def _with_options(options: Options) -> Options:
    """Something to play with: explicit offload, and a context that holds the samples' facts."""
    return replace(
        options,
        num_gpu=80 if options.num_gpu is None else options.num_gpu,
        num_ctx=8192 if options.num_ctx is None else options.num_ctx,
    )
