"""A campaign file becomes a plan: its points, those that are the same in effect merged into one cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chimera_tui.campaign.effect import Shapes, digest, effective, server_of
from chimera_tui.campaign.merging import why_same
from chimera_tui.campaign.plan_notes import notes_of
from chimera_tui.campaign.points import (
    WORKLOAD,
    Asked,
    Bases,
    Point,
    bases_of,
    points_of,
    refuse_contradiction,
    resolve,
    servers_only,
)
from chimera_tui.campaign.spec import AGENT_NAMES, CampaignSpec, Exclude, shown
from chimera_tui.domain.campaign import CampaignPlan, Cell, MergedCell
from chimera_tui.domain.errors import CampaignInvalid
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import OPTIONS_BY_NAME, AgentId, AgentSettings

MOST_POINTS = 10_000
_BARE = ("scenario", "mode", "model")
"""Axes whose values tell by themselves what they are."""
_SERVERS = ("scenario", "model", "host", *(f"{agent}.{name}" for agent in AgentId for name in ("model", "host")))


@dataclass(frozen=True, slots=True)
class Expanded:
    """A plan, and how many points it was made of."""

    plan: CampaignPlan
    points: int
    """Before exclusions and merging."""
    excluded: int


@dataclass(slots=True)
class _Kept:
    """A cell and the points that came to it."""

    point: Point
    asked: Asked
    repeats: int
    warmup: int
    merged: list[MergedCell] = field(default_factory=list)


def settings_of(
    spec: CampaignSpec, defaults: Bases, *, allow_large: bool = False, most_points: int = MOST_POINTS
) -> tuple[AgentSettings, ...]:
    """One of each model on each host that the campaign asks, in order: what `expand` needs the shapes of.

    Options do not count here; CampaignInvalid where models and hosts alone are more than `most_points`.
    """
    reduced = servers_only(spec)
    _check_size(reduced, allow_large, most_points)
    bases = bases_of(spec, defaults)
    excludes = [each for each in spec.excludes if all(axis in _SERVERS for axis, _ in each.values)]
    found: dict[tuple[str, str], AgentSettings] = {}
    for point in points_of(reduced):
        if not any(_matches(point, each) for each in excludes):
            for settings in resolve(point, spec, bases).settings:
                found.setdefault(server_of(settings), settings)
    return tuple(found.values())


def expand(
    spec: CampaignSpec,
    defaults: Bases,
    shapes: Shapes,
    *,
    allow_large: bool = False,
    most_points: int = MOST_POINTS,
) -> Expanded:
    """Every cell of the campaign. `defaults` are the program's own settings, `shapes` those of the models asked.

    Raises CampaignInvalid for more than `most_points`, which are counted before anything is made of them; for
    exclusions that leave nothing; for a point that contradicts its scenario.
    """
    _check_size(spec, allow_large, most_points)
    bases = bases_of(spec, defaults)
    kept: dict[str, _Kept] = {}
    dropped = dict.fromkeys(range(len(spec.excludes)), 0)
    points: list[Point] = []
    excluded = 0
    for point in points_of(spec):
        hits = [number for number, each in enumerate(spec.excludes) if point.axes and _matches(point, each)]
        for number in hits:
            dropped[number] += 1
        excluded += bool(hits)
        if not hits:
            points.append(point)
    if not points:
        where = spec.excludes[0].where if spec.excludes else spec.where
        raise CampaignInvalid("the exclusions leave nothing to run", where=where, next_="Take one of them out.")
    varying = _varying(points)
    for point in points:
        _keep(point, resolve(point, spec, bases), spec, shapes, kept, varying)
    cells = tuple(_cells(kept, spec, varying))
    notes = notes_of(
        spec, bases, cells, shapes, [spec.excludes[number] for number, hits in dropped.items() if not hits]
    )
    plan = CampaignPlan(spec.name, cells, spec.rules, spec.prompts, spec.source, tuple(notes))
    return Expanded(plan, len(points) + excluded, excluded)


def _check_size(spec: CampaignSpec, allow_large: bool, most_points: int) -> None:
    if spec.points <= most_points or allow_large:
        return
    raise CampaignInvalid(
        f"the campaign has {spec.points:,} points, more than {most_points:,}",
        where=max(spec.matrices, key=lambda each: each.points).where if spec.matrices else spec.where,
        next_="Give fewer values, or allow it with --large.",
    )


def _matches(point: Point, exclude: Exclude) -> bool:
    return all(point.written.get(axis) in values for axis, values in exclude.values)


def _keep(
    point: Point,
    asked: Asked,
    spec: CampaignSpec,
    shapes: Shapes,
    kept: dict[str, _Kept],
    varying: tuple[str, ...],
) -> None:
    refuse_contradiction(point, asked.scenario)
    repeats = spec.repeats if point.repeats is None else point.repeats
    warmup = spec.warmup if point.warmup is None else point.warmup
    cell_id = digest(effective(asked, shapes, spec.prompts))
    known = kept.get(cell_id)
    if known is None:
        kept[cell_id] = _Kept(point, asked, repeats, warmup)
        return
    why = why_same(asked, known.asked, point.written, known.point.written, shapes)
    known.merged.append(MergedCell(_label(point, asked, varying), why))
    known.repeats, known.warmup = max(known.repeats, repeats), max(known.warmup, warmup)


def _cells(kept: Mapping[str, _Kept], spec: CampaignSpec, varying: tuple[str, ...]) -> Iterator[Cell]:
    names = _axis_names(spec)
    labels: dict[str, int] = {}
    for number, (cell_id, each) in enumerate(kept.items(), start=1):
        asked = each.asked
        label = _label(each.point, asked, varying)
        labels[label] = labels.get(label, 0) + 1
        yield Cell(
            cell_id,
            number,
            label if labels[label] == 1 else f"{label} ({labels[label]})",
            tuple((name, value) for name in names if (value := _value(name, each.point, asked))),
            asked.scenario,
            asked.mode,
            asked.agents,
            asked.settings,
            each.repeats,
            each.warmup,
            asked.prompt,
            tuple(each.merged),
        )


def _axis_names(spec: CampaignSpec) -> tuple[str, ...]:
    """Scenario and mode, which every point has, then the axes in the order of the file."""
    names = ["scenario", "mode", *(axis.name for matrix in spec.matrices for axis in matrix.axes)]
    names += [setting.axis for cell in spec.cells for setting in cell.settings]
    return tuple(dict.fromkeys(names))


def _varying(points: list[Point]) -> tuple[str, ...]:
    """Axes on which points differ; one that some points do not have is among them."""
    values: dict[str, set[str]] = {name: set() for name in ("scenario", "mode")}
    for point in points:
        for axis, text in point.written.items():
            values.setdefault(axis, set()).add(text)
    return tuple(
        axis
        for axis, texts in values.items()
        if len(texts) > 1 or (texts and any(axis not in point.written for point in points))
    )


def _value(axis: str, point: Point, asked: Asked) -> str:
    """As the point has it; else what its agents are asked anyway, where that is one value for all of them."""
    if axis in point.written:
        return point.written[axis]
    match axis:
        case "scenario":
            return asked.scenario
        case "mode":
            return asked.mode
        case "prompt":
            return shown(asked.prompt)
    if axis not in AGENT_NAMES:
        return ""
    tuned = asked.scenario == "baseline-vs-tuned" and axis not in WORKLOAD
    pairs = zip(asked.agents, asked.settings, strict=True)
    concerned = [settings for agent, settings in pairs if not (tuned and agent is AgentId.A)]
    found = {
        settings.options.get(axis) if axis in OPTIONS_BY_NAME else getattr(settings, axis)
        for settings in concerned
    }
    value = found.pop()
    return "" if found or value is None else shown(value)


def _label(point: Point, asked: Asked, varying: tuple[str, ...]) -> str:
    if point.label:
        return point.label
    written = [(axis, point.written[axis]) for axis in varying if axis in point.written]
    words = [printable(text) if axis in _BARE else f"{axis} {printable(text)}" for axis, text in written]
    if "scenario" not in point.written and (not words or "scenario" in varying):
        words.insert(0, asked.scenario)
    return " · ".join(words)
