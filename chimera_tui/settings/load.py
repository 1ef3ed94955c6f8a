"""Brings the sources together: flags before environment before file before defaults."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.limits import Limits
from chimera_tui.domain.names import printable, to_wire
from chimera_tui.domain.options import OPTIONS_BY_NAME, AgentId, AgentSettings, Options
from chimera_tui.settings.file import Found, SettingsFile, find_file
from chimera_tui.settings.keys import AGENT_KEYS, KEYS, OTHER_KEYS, all_names, flag_of, key_of, variable_of
from chimera_tui.settings.model import (
    DEFAULT_HOST,
    DEFAULT_MODEL,
    DaemonSettings,
    InventorySettings,
    Origin,
    RunSettings,
    Settings,
    ViewerSettings,
)

Group = TypeVar("Group", RunSettings, InventorySettings, DaemonSettings, ViewerSettings, Limits)

HostReader = Callable[[str], str]
"""Turns what a person wrote for a host into a base URL; SettingInvalid when it is none."""


class _Given(NamedTuple):
    value: object
    origin: Origin


_Layer = Mapping[str, _Given]
"""What one source gives, by full name."""

_DEFAULT = Origin("default")

OTHER_VARIABLES = ("CHIMERA_RUNTIME_DIR", "CHIMERA_STATE_DIR")
"""Places rather than choices: read where the daemon's files are looked for."""


def load(
    flags: Mapping[str, str],
    *,
    environ: Mapping[str, str],
    roots: Sequence[Path] = (),
    config: Path | None = None,
    working_directory: Path | None = None,
    read_host: HostReader,
) -> Settings:
    """Read every source and check every value.

    `flags` are texts by full name (`agents.a.num_gpu`); `config` is a file that must exist, otherwise
    `chimera.toml` is looked for in `roots`, the working directory and the user's configuration folder.
    Raises SettingInvalid naming the place of the wrong value, or BadUse for a file that can not be read.
    """
    found = Found(config) if config is not None else find_file(roots, working_directory or Path.cwd())
    file = SettingsFile(found.path) if found.path is not None else None
    layers = (_from_flags(flags), _from_environment(environ), _from_file(file))
    for layer in layers:
        for dotted, given in layer.items():
            _read(dotted, given, read_host)  # a wrong value is told even where a nearer source hides it
    chosen = dict(_choose(layers))
    values = {dotted: _read(dotted, given, read_host) for dotted, given in chosen.items()}
    origins = {dotted: chosen[dotted].origin if dotted in chosen else _DEFAULT for dotted in _names()}
    return Settings(
        agents={agent: _agent(agent, values) for agent in AgentId},
        run=_group(RunSettings, "run", values),
        inventory=_group(InventorySettings, "inventory", values),
        daemon=_group(DaemonSettings, "daemon", values),
        viewer=_group(ViewerSettings, "viewer", values),
        limits=_group(Limits, "limits", values),
        file=found.path,
        passed_over=found.passed_over,
        origins=origins,
        unknown_variables=_unknown_variables(environ),
    )


def _from_flags(flags: Mapping[str, str]) -> _Layer:
    return {dotted: _Given(text, Origin("flag", flag_of(dotted))) for dotted, text in flags.items()}


def _from_environment(environ: Mapping[str, str]) -> _Layer:
    layer = {}
    if environ.get("OLLAMA_HOST", "").strip():
        layer["agents.host"] = _Given(environ["OLLAMA_HOST"], Origin("environment", "OLLAMA_HOST"))
    for dotted in all_names():
        variable = variable_of(dotted)
        if environ.get(variable, "").strip():
            layer[dotted] = _Given(environ[variable], Origin("environment", variable))
    return layer


def _from_file(file: SettingsFile | None) -> _Layer:
    if file is None:
        return {}
    return {dotted: _Given(value, Origin("file", file.place(dotted))) for dotted, value in file.values.items()}


def _names() -> Iterator[str]:
    """Full names of what the program uses: each agent's own settings and the other groups."""
    for agent in AgentId:
        yield from (f"agents.{agent}.{key.name}" for key in AGENT_KEYS)
    yield from (key.dotted for key in OTHER_KEYS)


def _choose(layers: Sequence[_Layer]) -> Iterator[tuple[str, _Given]]:
    """For each name the nearest source; within one source an agent's own value before that for both."""
    for dotted in _names():
        shared = f"agents.{dotted.rpartition('.')[2]}"
        names = (dotted, shared) if dotted.startswith("agents.") else (dotted,)
        given = next((layer[name] for layer in layers for name in names if name in layer), None)
        if given is not None:
            yield dotted, given


def _read(dotted: str, given: _Given, read_host: HostReader) -> object:
    key = key_of(dotted)
    if key is None:
        raise SettingInvalid(f"unknown setting {dotted}", where=given.origin.place)
    try:
        if isinstance(given.value, str) and to_wire(given.value) != given.value:
            raise SettingInvalid(f"must be UTF-8, not {printable(to_wire(given.value))}")
        value = key.read(given.value)
        return read_host(str(value)) if key is KEYS["agents.host"] else value
    except SettingInvalid as error:
        what = error.info.what
        if not what.startswith(key.name):
            what = f"{key.name} {what}" if what.startswith("must ") else f"{key.name}: {what}"
        raise SettingInvalid(what, where=given.origin.place, next_=error.info.next) from error


def _agent(agent: AgentId, values: Mapping[str, object]) -> AgentSettings:
    own: dict[str, Any] = {
        key.name: values[f"agents.{agent}.{key.name}"]
        for key in AGENT_KEYS
        if f"agents.{agent}.{key.name}" in values
    }
    options = {name: own.pop(name) for name in tuple(own) if name in OPTIONS_BY_NAME}
    return AgentSettings(**{"model": DEFAULT_MODEL, "host": DEFAULT_HOST, **own}, options=Options(**options))


def _group(group: type[Group], section: str, values: Mapping[str, object]) -> Group:
    own: dict[str, Any] = {
        each.name: values[f"{section}.{each.name}"] for each in fields(group) if f"{section}.{each.name}" in values
    }
    return group(**own)


def _unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    known = {*OTHER_VARIABLES, *(variable_of(dotted) for dotted in all_names())}
    return tuple(sorted(name for name in environ if name.startswith("CHIMERA_") and name not in known))
