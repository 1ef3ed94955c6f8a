"""The settings as the program uses them: one frozen group per concern, every field explained under it.

Each field says its unit, its default and where it can be set. The file section is the group's name, the
environment variable is `CHIMERA_` and the field's name in capitals, and a flag stands where one exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from chimera_tui.domain.limits import DEFAULTS, Limits
from chimera_tui.domain.options import OPTIONS_BY_NAME, AgentId, AgentSettings

if TYPE_CHECKING:
    from chimera_tui.domain.run_state import RunMode

DEFAULT_MODEL = "gemma3:latest"
DEFAULT_HOST = "http://127.0.0.1:11434"
QUIET_FPS = 2
"""Most redraws a second over a line that is very slow."""


@dataclass(frozen=True, slots=True)
class RunSettings:
    """`[run]`: how a run goes."""

    mode: RunMode = "together"
    """`together` (both agents get the shared facts) or `sequence` (B gets A's finished inventory).
    Default `together`. `CHIMERA_MODE`, `--mode`, `--sequence`."""
    timeout_s: float | None = None
    """Seconds after which `chimera run` cancels what still goes on, a whole series too; None waits for ever.
    Default none. `CHIMERA_TIMEOUT_S`, `--timeout`."""
    stall_s: float = 600.0
    """Seconds that an answer may stand still once it has begun; then its stream counts as cut. A first token is
    waited for as long as it takes. Default 600. `CHIMERA_STALL_S`, `--stall`."""
    name_host: bool = False
    """Write the machine's name into results, which else tell only a hash of it.
    Default false. `CHIMERA_NAME_HOST`, `--name-host`."""
    repair: bool = False
    """When a run is measured, have the model mend the numbers of its report that the files contradict: one more
    request for each agent that wrote any, in no figure. A daemon that was started with it does so for all its
    runs, but those of campaigns. Default false. `CHIMERA_REPAIR`, `--repair`."""


@dataclass(frozen=True, slots=True)
class InventorySettings:
    """`[inventory]`: how the reports directory is watched."""

    polling: bool = False
    """Look for changes by polling even where inotify works, e.g. on a network file system.
    Default false: polling only where inotify can not. `CHIMERA_POLLING`, `--polling`."""
    links_out: bool = False
    """Read files behind links that lead out of the reports, which are else only shown.
    Default false. `CHIMERA_LINKS_OUT`, `--links-out`."""


@dataclass(frozen=True, slots=True)
class DaemonSettings:
    """`[daemon]`: the process that does everything that is not pixels."""

    idle_timeout_s: float = 30.0
    """Seconds without a viewer and without a run after which the daemon ends by itself.
    Default 30. `CHIMERA_IDLE_TIMEOUT_S`."""


@dataclass(frozen=True, slots=True)
class ViewerSettings:
    """`[viewer]`: the screen."""

    theme: Literal["dark", "light"] = "dark"
    """Colours. Default `dark`. `CHIMERA_THEME`, `--theme`."""
    fps: int = 10
    """Most redraws a second that text and figures cause, 1 to 30; keys are answered at once.
    Default 10. `CHIMERA_FPS`, `--fps`."""
    quiet_link: bool = False
    """For very slow lines: at most two redraws a second, and figures in place of plots.
    Default false. `CHIMERA_QUIET_LINK`, `--quiet-link`."""
    output: Literal["auto", "changed", "whole"] = "auto"
    """What the terminal is sent: `changed` cells alone or `whole` lines, as Textual writes them. Default `auto`:
    changed cells where Textual's version and the terminal's kind are known. `CHIMERA_OUTPUT`, `--output`."""

    @property
    def redraws_per_s(self) -> int:
        """The most that there may be."""
        return min(self.fps, QUIET_FPS) if self.quiet_link else self.fps


AS_IT_COMES = ViewerSettings()


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value came from."""

    source: Literal["default", "file", "environment", "flag"]
    place: str = ""
    """`chimera.toml:12`, `CHIMERA_NUM_GPU` or `--num-gpu`; empty for a default."""

    def __str__(self) -> str:
        return self.place or self.source


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that was chosen, checked."""

    agents: Mapping[AgentId, AgentSettings]
    """`[agents]` for both, `[agents.a]` and `[agents.b]` for one: model, host, api, keep_alive, think and the
    options of `domain.options`. Environment `CHIMERA_MODEL` or `CHIMERA_A_MODEL`, flags `--model` or
    `--a-model`; the host also from `OLLAMA_HOST`. Within one source an agent's own value wins. Defaults:
    `gemma3:latest` at Ollama's own address over `/api/chat`, and every option left to the server."""
    run: RunSettings = field(default_factory=RunSettings)
    inventory: InventorySettings = field(default_factory=InventorySettings)
    daemon: DaemonSettings = field(default_factory=DaemonSettings)
    viewer: ViewerSettings = field(default_factory=ViewerSettings)
    limits: Limits = DEFAULTS
    file: Path | None = None
    """The `chimera.toml` that was read, if one was found."""
    passed_over: tuple[str, ...] = ()
    """Such files that were found and not read, each as a sentence with the reason."""
    origins: Mapping[str, Origin] = field(default_factory=dict)
    """By full name, e.g. `agents.a.num_gpu` or `viewer.theme`, for every setting."""
    unknown_variables: tuple[str, ...] = ()
    """`CHIMERA_…` variables that mean nothing to this program. No error: the environment is shared."""

    def value(self, dotted: str) -> object:
        """The value behind a full name of `origins`; KeyError for a name that is not there."""
        if dotted not in self.origins:
            raise KeyError(dotted)
        section, _, name = dotted.partition(".")
        if section != "agents":
            return getattr(getattr(self, section), name)
        agent, _, name = name.partition(".")
        own = self.agents[AgentId(agent)]
        return own.options.get(name) if name in OPTIONS_BY_NAME else getattr(own, name)
