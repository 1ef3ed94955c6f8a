"""A campaign: the cells of a matrix, repeated, interleaved, and resumed until every repeat asked for is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_state import RunMode

Scenario = Literal["baseline-vs-tuned", "different", "equal", "a-alone", "b-alone"]
"""Baseline against tuned: A leaves its options to the server, B has those of the cell. Different: each agent has
options of its own. Equal: both have the same."""

Grouping = Literal["grouped", "shuffled", "sequential"]
"""How one block, a repeat of every cell, is ordered. Grouped: cells that need no reload between them stay
together, groups and their cells in random order. Shuffled: all at random. Sequential: no blocks at all, every
repeat of a cell after the other; the fewest reloads, and a machine that grows warm looks like an effect."""

CampaignMetric = Literal["decode rate", "TTFT", "wall", "grounding"]
"""Decode rate: tok/s of an agent over its run. TTFT: ns, mean of an agent's requests. Wall: ns of a whole run.
Grounding: supported numbers as a share of all claims of a run's reports, 0…1."""
WHOLE_RUN: frozenset[CampaignMetric] = frozenset(("wall", "grounding"))
"""Those that no agent has of its own."""
MORE_IS_BETTER: frozenset[CampaignMetric] = frozenset(("decode rate", "grounding"))


@dataclass(frozen=True, slots=True)
class MergedCell:
    """A point of the matrix that is the same in effect as a cell before it, and is not run of its own."""

    label: str
    why: tuple[str, ...]
    """E.g. `B: num_gpu 120 is all 35 layers, as 80 is`; empty for one that was simply written twice."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of the matrix: everything that its runs have in common."""

    cell_id: str
    """Digest of the effective configuration, 12 hexadecimal digits: the same in every file that asks for it."""
    number: int
    """Counts from 1 in the order of the file."""
    label: str
    """What tells it from the other cells, e.g. `baseline-vs-tuned · num_gpu 80 · num_ctx 512`."""
    values: tuple[tuple[str, str], ...]
    """Axis → value as written, of all axes of the campaign; an axis of one agent is `a.num_gpu`."""
    scenario: Scenario
    mode: RunMode
    agents: tuple[AgentId, ...]
    settings: tuple[AgentSettings, ...]
    """One per agent, in the order of `agents`, as they are asked for."""
    repeats: int
    """Measured runs that are asked for, before any adaptive rule."""
    warmup: int
    """Runs before them that are kept apart."""
    prompt: str = ""
    """Name of the prompt variant; empty for the program's own prompts."""
    merged: tuple[MergedCell, ...] = ()

    def value(self, axis: str) -> str:
        """As written; empty where the cell does not have that axis."""
        return dict(self.values).get(axis, "")


@dataclass(frozen=True, slots=True)
class RepeatRule:
    """When a cell has been measured often enough. Without `half_width_percent` each cell gets its `repeats`."""

    metric: CampaignMetric = "decode rate"
    half_width_percent: float | None = None
    """A cell is narrow enough when half its 95 % interval is at most so much of its mean, for every agent."""
    least: int = 3
    most: int = 10
    """Bounds of an adaptive cell's measured runs."""
    spend_saved: bool = True
    """Runs that narrow cells did not need go to cells whose interval overlaps that of the best."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What ends a campaign early; None is no limit."""

    time_s: float | None = None
    """Sum of its runs' wall times."""
    tokens: int | None = None
    """Generated, of all its runs."""
    run_s: float | None = None
    """A run that takes longer is cut off and counts as failed."""


@dataclass(frozen=True, slots=True)
class StopRule:
    """What gives a cell, or the campaign, up."""

    tries: int = 3
    """Failures of a cell in a row before it is given up; interruptions and unreachable servers are none."""
    failed_cells: int | None = None
    """So many cells given up end the campaign."""


@dataclass(frozen=True, slots=True)
class HostRule:
    """What to do while a server can not be reached."""

    when_down: Literal["wait", "skip"] = "wait"
    """Skip: its cells are left out until the campaign is resumed."""
    wait_s: float | None = None
    """Longest wait, after which its cells are left out; None waits for ever."""


@dataclass(frozen=True, slots=True)
class CoolDown:
    """Wait before each measured run until the hottest GPU is cool; without a GPU that tells it, nothing waits."""

    below_c: float
    at_most_s: float = 300.0


@dataclass(frozen=True, slots=True)
class AlertRule:
    """When a cell is worse than the same cell of an earlier campaign."""

    baseline: str = ""
    """Id of a campaign or run; empty for the one that is marked as baseline, if any is."""
    worse_percent: float = 5.0
    """By more than this, and the test must say so as well."""
    metrics: tuple[CampaignMetric, ...] = ("decode rate", "TTFT")
    command: str = ""
    """A program and its arguments, run by the daemon once per alert, with the alert as JSON on standard input."""


@dataclass(frozen=True, slots=True)
class PromptVariant:
    """Prompts in place of the program's own, as texts: a campaign that is resumed asks the same."""

    name: str
    texts: tuple[tuple[str, str], ...]
    """Prompt name (`persona_a`, `report`, …) → text, of those that differ."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How a campaign is conducted."""

    seed: int = 0
    grouping: Grouping = "grouped"
    repeat: RepeatRule = RepeatRule()
    limits: Limits = Limits()
    stop: StopRule = StopRule()
    hosts: HostRule = HostRule()
    cool_down: CoolDown | None = None
    alerts: AlertRule | None = None


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A campaign file, checked and expanded. Cells are never empty, and no two are the same in effect."""

    name: str
    cells: tuple[Cell, ...]
    rules: Rules
    prompts: tuple[PromptVariant, ...] = ()
    source: str = ""
    """The file's text."""
    notes: tuple[str, ...] = ()
    """What a person should know of it, a sentence each: e.g. a model whose shape is not known, so that nothing
    could be merged."""

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of all axes in which cells differ, in the order of the file."""
        names = dict.fromkeys(name for cell in self.cells for name, _ in cell.values)
        return tuple(name for name in names if len({cell.value(name) for cell in self.cells}) > 1)

    def cell(self, cell_id: str) -> Cell | None:
        return next((cell for cell in self.cells if cell.cell_id == cell_id), None)


@dataclass(frozen=True, slots=True)
class OrderCost:
    """What one way to order the runs costs."""

    grouping: Grouping
    reloads: int
    """Model loads over the whole campaign, on a server that holds one configuration of a model at a time."""
    extra_s: float | None
    """Time of these reloads; None where no load was measured yet."""


@dataclass(frozen=True, slots=True)
class KnownCell:
    """The same effective configuration, measured before."""

    cell_id: str
    runs: tuple[str, ...]
    """Ids of finished, undisturbed runs, newest first."""


@dataclass(frozen=True, slots=True)
class PlanView:
    """A plan with what it will cost, as `chimera campaign plan` shows it."""

    plan: CampaignPlan
    points: int
    """Of the matrix, before exclusions and merging."""
    excluded: int
    runs: int
    """Measured and warm-ups; with an adaptive rule the most there can be without spending saved ones twice."""
    orders: tuple[OrderCost, ...]
    """The chosen grouping first."""
    run_s: float | None
    """Mean time of a run as measured before; None where nothing alike was."""
    estimate_s: float | None
    """Of the whole campaign."""
    estimate_from: str
    """What the estimate is made of, in words."""
    known: tuple[KnownCell, ...] = ()
    """Cells that were measured before outside of this campaign."""
