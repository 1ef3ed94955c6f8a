"""What a campaign file says, checked but not yet expanded: a matrix of a million points is still small here."""

from __future__ import annotations

import math
from dataclasses import dataclass

from chimera_tui.domain.campaign import PromptVariant, Rules
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import OPTION_SPECS, AgentId

SettingValue = int | float | str | bool | None
"""None leaves it to the server; for a prompt the empty text is the program's own."""

OPTION_NAMES = tuple(spec.name for spec in OPTION_SPECS)
AGENT_NAMES = (*OPTION_NAMES, "model", "host", "api", "think")
"""What an axis can set for both agents, or for one of them as `a.…` and `b.…`."""
POINT_NAMES = ("scenario", "mode", "prompt")
"""What an axis can set for a whole run."""
OWN_PROMPTS = "default"
"""The name of the program's own prompts among the variants."""


def shown(value: SettingValue) -> str:
    """As it is written in the file; `default` is left to the server."""
    if value is None or value == "":
        return OWN_PROMPTS
    if isinstance(value, bool):
        return str(value).lower()
    return printable(value) if isinstance(value, str) else repr(value)


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that a point of the matrix sets."""

    agent: AgentId | None
    """None: both agents, or the whole run."""
    name: str
    """One of `AGENT_NAMES` or `POINT_NAMES`; in `CampaignSpec.base` also `keep_alive`."""
    value: SettingValue

    @property
    def axis(self) -> str:
        """`num_gpu` or `a.num_gpu`."""
        return f"{self.agent}.{self.name}" if self.agent else self.name


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of an axis."""

    text: str
    """As it is shown: the value, or a bundle's label."""
    settings: tuple[Setting, ...]
    """Exactly one, but for a bundle."""


@dataclass(frozen=True, slots=True)
class Axis:
    name: str
    """`num_gpu`, `a.num_gpu`, or the name of a bundle."""
    choices: tuple[Choice, ...]
    """Never empty."""
    where: str
    """`file:line`."""


@dataclass(frozen=True, slots=True)
class Matrix:
    axes: tuple[Axis, ...]
    where: str

    @property
    def points(self) -> int:
        return math.prod(len(axis.choices) for axis in self.axes)


@dataclass(frozen=True, slots=True)
class ExtraCell:
    """A `[[cells]]` table: one point beside those of the matrix."""

    settings: tuple[Setting, ...]
    where: str
    label: str = ""
    repeats: int | None = None
    """None: as the campaign's."""
    warmup: int | None = None


@dataclass(frozen=True, slots=True)
class Exclude:
    """An `[[exclude]]` table: points that have one of the values on every one of its axes are dropped."""

    values: tuple[tuple[str, tuple[str, ...]], ...]
    """Axis → values as they are shown."""
    where: str


@dataclass(frozen=True, slots=True)
class CampaignSpec:
    """A campaign file."""

    name: str
    where: str
    """The file."""
    source: str
    """Its text."""
    base: tuple[Setting, ...]
    """`[agents]`, then `[agents.a]` and `[agents.b]`: a later one wins."""
    run: tuple[Setting, ...]
    """`scenario` and `mode` for points that do not set them."""
    matrices: tuple[Matrix, ...]
    cells: tuple[ExtraCell, ...]
    excludes: tuple[Exclude, ...]
    repeats: int
    warmup: int
    rules: Rules
    prompts: tuple[PromptVariant, ...]

    @property
    def points(self) -> int:
        """Of all matrices and cells, by multiplication."""
        return sum(matrix.points for matrix in self.matrices) + len(self.cells)
