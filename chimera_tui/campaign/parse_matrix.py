"""What a campaign file lets vary: axes, bundles of settings, cells of their own, and points that are dropped."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast, get_args

from chimera_tui.campaign.document import Table
from chimera_tui.campaign.parse_rules import REPEATS, WARMUP, Repeats
from chimera_tui.campaign.readers import choice, text, wrong
from chimera_tui.campaign.spec import (
    AGENT_NAMES,
    OWN_PROMPTS,
    POINT_NAMES,
    Axis,
    Choice,
    Exclude,
    ExtraCell,
    Matrix,
    Setting,
    SettingValue,
    shown,
)
from chimera_tui.domain.campaign import Scenario
from chimera_tui.domain.errors import CampaignInvalid
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId
from chimera_tui.settings.keys import KEYS, suggestion

_SCENARIOS: tuple[Scenario, ...] = get_args(Scenario)
_AGENTS = tuple(AgentId)
_PLAIN = (*POINT_NAMES, *AGENT_NAMES)
_POINT_KEYS = (*_PLAIN, *_AGENTS)
_LARGEST = 2**53
"""Beyond that JSON readers disagree; only keep_alive has no range of its own."""
_BUNDLE_NAME = re.compile(r"[A-Za-z_][\w-]*")


class SettingReader:
    """Reads what a campaign, or a point of it, sets."""

    def __init__(self, read_host: Callable[[str], str], prompts: Sequence[str]) -> None:
        self._read_host = read_host
        self._read_prompt = choice((OWN_PROMPTS, *prompts))
        self._read_scenario = choice(_SCENARIOS)

    def value(self, name: str, value: object) -> SettingValue:
        """Raises SettingInvalid."""
        match name:
            case "scenario":
                return self._read_scenario(value)
            case "prompt":
                prompt = self._read_prompt(value)
                return "" if prompt == OWN_PROMPTS else prompt
            case "mode":
                return str(KEYS["run.mode"].read(value))
            case "host":
                return self._read_host(str(KEYS["agents.host"].read(value)))
        found = cast(SettingValue, KEYS[f"agents.{name}"].read(value))
        if isinstance(found, int) and abs(found) > _LARGEST:
            raise wrong("a smaller number", value)
        return found

    def one(self, table: Table, name: str, agent: AgentId | None = None) -> Setting:
        return Setting(agent, name, table.read(name, lambda value: self.value(name, value)))

    def point(
        self, table: Table, names: Sequence[str] = _PLAIN, own: Sequence[str] = AGENT_NAMES
    ) -> tuple[Setting, ...]:
        """Every setting of a table, an agent's own ones last; other keys are not looked at."""
        found = [self.one(table, key) for key in table.values if key in names]
        for agent in _AGENTS:
            if inner := table.table(agent):
                found += [self.one(inner, key, agent) for key in inner.only(own).values]
        return tuple(found)

    def matrix(self, table: Table) -> Matrix:
        """Raises CampaignInvalid, also when a bundle sets what another axis sets."""
        axes = tuple(self._axes(table))
        _check_overlaps(axes)
        return Matrix(axes, table.where)

    def _axes(self, table: Table) -> Iterator[Axis]:
        for key, value in table.values.items():
            if key in _AGENTS:
                inner = table.table(key)
                assert inner is not None  # the key is there
                yield from (self._axis(inner, name, AgentId(key)) for name in inner.only(AGENT_NAMES).values)
            elif key in _PLAIN:
                yield self._axis(table, key)
            elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
                yield self._bundle(table, key, value)
            else:
                error = table.unknown(key, _POINT_KEYS).info
                next_ = f"{error.next} A name of your own needs a list of tables, each setting several things."
                raise CampaignInvalid(error.what, where=error.where, next_=next_)

    def _axis(self, table: Table, name: str, agent: AgentId | None = None) -> Axis:
        written = table.values[name]
        values = written if isinstance(written, list) else [written]
        if not values:
            raise table.invalid(f"{name} has no value", name, "Give it one, or take it out.")
        settings = [
            Setting(agent, name, table.checked(name, value, lambda value: self.value(name, value)))
            for value in values
        ]
        choices = {shown(setting.value): setting for setting in settings}
        return Axis(
            settings[0].axis,
            tuple(Choice(each, (setting,)) for each, setting in choices.items()),
            table.place(name),
        )

    def _bundle(self, table: Table, name: str, values: Sequence[dict[str, object]]) -> Axis:
        if not _BUNDLE_NAME.fullmatch(name):
            raise table.invalid(
                f"{printable(name)} is no name for a bundle", name, "Use letters, digits, - and _."
            )
        choices: dict[str, Choice] = {}
        for value in values:
            inner = Table(table.document, table.full(name), value).only((*_POINT_KEYS, "label"))
            settings = self.point(inner)
            label = inner.get("label", text, _words(settings))
            if label in choices:
                raise table.invalid(
                    f"two values of {name} are called {label}", name, "Give each a label of its own."
                )
            choices[label] = Choice(label, settings)
        return Axis(name, tuple(choices.values()), table.place(name))

    def cell(self, table: Table, repeats: Repeats) -> ExtraCell:
        table.only((*_POINT_KEYS, "label", "repeats", "warmup"))
        own = table.get("repeats", REPEATS, None)
        if own is not None:
            repeats.check_count(own, table, "repeats")
        return ExtraCell(
            self.point(table), table.where, table.get("label", text, ""), own, table.get("warmup", WARMUP, None)
        )

    def exclude(self, table: Table, matrices: Iterable[Matrix]) -> Exclude:
        """Raises CampaignInvalid for what is no axis of any matrix."""
        axes = [axis for matrix in matrices for axis in matrix.axes]
        values: dict[str, tuple[str, ...]] = {}
        for key in table.values:
            inner = table.table(key) if key in _AGENTS else None
            for name in (key,) if inner is None else inner.values:
                agent = None if inner is None else AgentId(key)
                axis = f"{agent}.{name}" if agent else name
                values[axis] = self._excluded(inner or table, name, axis, axes)
        if not values:
            raise table.invalid("an exclude without a key drops every point", next_="Name an axis and its value.")
        return Exclude(tuple(values.items()), table.where)

    def _excluded(self, table: Table, name: str, axis: str, axes: Sequence[Axis]) -> tuple[str, ...]:
        known = {choice.text for each in axes if each.name == axis for choice in each.choices}
        if not known:
            names = dict.fromkeys(each.name for each in axes)
            next_ = suggestion(axis, names) if names else "There is no [matrix] to drop points from."
            raise table.invalid(f"{printable(axis)} is no axis of this campaign", name, next_)
        written = table.values[name]
        values = written if isinstance(written, list) else [written]
        if axis.rpartition(".")[2] in _PLAIN:
            return tuple(shown(table.checked(name, each, lambda each: self.value(name, each))) for each in values)
        return tuple(table.checked(name, each, choice(sorted(known))) for each in values)


def _words(settings: Iterable[Setting]) -> str:
    """What a bundle without a label is called."""
    return ", ".join(f"{each.axis} {shown(each.value)}" for each in settings) or "nothing set"


def _check_overlaps(axes: Sequence[Axis]) -> None:
    """`num_gpu` beside `a.num_gpu` is fine, the agent's own one wins; a bundle leaves no such choice."""
    for number, axis in enumerate(axes):
        for other in axes[:number]:
            if _is_plain(axis) and _is_plain(other):
                continue
            both = _targets(axis) & _targets(other)
            if both:
                agent, name = sorted(both, key=str)[0]
                what = f"{axis.name} sets {name}{f' of {agent.label}' if agent else ''}, as {other.name}"
                raise CampaignInvalid(
                    f"{what} in {other.where} does", where=axis.where, next_="Let one of them set it."
                )


def _is_plain(axis: Axis) -> bool:
    return axis.name.rpartition(".")[2] in _PLAIN


def _targets(axis: Axis) -> set[tuple[AgentId | None, str]]:
    found: set[tuple[AgentId | None, str]] = set()
    for each in axis.choices:
        for setting in each.settings:
            if setting.name in POINT_NAMES:
                found.add((None, setting.name))
            else:
                found |= {(agent, setting.name) for agent in _AGENTS if setting.agent in (None, agent)}
    return found
