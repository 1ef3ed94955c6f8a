"""The settings as lines of text: values, the server's defaults, what reloads, and a line of explanation."""

from __future__ import annotations

from typing import NamedTuple

from chimera_tui.domain.names import printable
from chimera_tui.domain.options import (
    OPTION_SPECS,
    OPTIONS_BY_NAME,
    AgentId,
    AgentSettings,
    all_layers,
    effective_num_gpu,
)
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.widgets.lines import Line, Span, fit, roomiest

ROW_NAMES: tuple[str, ...] = ("model", "host", "api", *(spec.name for spec in OPTION_SPECS))
LABEL_WIDTH = 18
DEFAULT_WIDTH = 11

_ROW_HELP = {
    "model": "Enter chooses from the server's list.",
    "host": "The server's address; Enter edits it.",
    "api": "chat sends the persona as system message; generate is the older way. Enter changes it.",
}


class SettingsView(NamedTuple):
    """What there is to draw."""

    projection: Projection
    row: int | None
    """The chosen row; None while the panel has no focus."""
    agents: tuple[AgentId, ...]
    typed: str | None
    """The value being typed."""
    error: str


def value_text(settings: AgentSettings | None, name: str) -> str:
    """A value as it stands in its cell; `default` leaves it to the server."""
    if settings is None:
        return ""
    match name:
        case "model":
            return printable(settings.model)
        case "host":
            return printable(settings.host.removeprefix("http://"))
        case "api":
            return settings.api
    value = settings.options.get(name)
    if value is None:
        return "default"
    return f"{value:g}" if isinstance(value, float) else str(value)


def offload_meaning(num_gpu: int | None, block_count: int | None) -> str:
    """What a value means for this model: 60, 80 and 120 are one setting where 35 layers are all."""
    if num_gpu is None:
        return ""
    layers = effective_num_gpu(num_gpu, block_count)
    if layers is None:
        return "automatic"
    if layers == 0:
        return "CPU only"
    if block_count is None:
        return ""
    every = all_layers(block_count)
    return f"all {every} layers" if layers == every else f"{layers} of {every}"


def _cell(view: SettingsView, row: int, agent: AgentId, width: int) -> Span:
    name = ROW_NAMES[row]
    agent_view = view.projection.agents[agent]
    chosen = row == view.row and agent in view.agents
    if chosen and view.typed is not None:
        return fit(f"{view.typed}▏", width), "edit"
    text = value_text(agent_view.settings, name)
    reloads = name in view.projection.reloads(agent)
    style = "cursor" if chosen else "warn" if reloads else "dim" if text == "default" else "value"
    if reloads:
        text = roomiest(width - 1, f"{text} ⟳ reloads", f"{text} ⟳")
    elif name == "num_gpu" and agent_view.settings is not None:
        meaning = offload_meaning(agent_view.settings.options.num_gpu, view.projection.block_count(agent))
        text = roomiest(width - 3, f"{text} = {meaning}", text) if meaning else text
    return fit(f" {text}", width), style


def settings_lines(view: SettingsView, width: int, height: int) -> list[Line]:
    """A header, a line per setting, and the last line to explain; rows scroll when there are too few lines."""
    column = max(8, (width - LABEL_WIDTH - DEFAULT_WIDTH) // 2)
    head: list[Span] = [(fit(" next request", LABEL_WIDTH), "title")]
    for agent in AgentId:
        head.append((fit(f" {agent.label}", column), "title"))
    head.append((fit(" default", width - LABEL_WIDTH - 2 * column), "title"))
    lines: list[Line] = [tuple(head)]
    room = max(1, height - 2)
    first = min(max(0, (view.row or 0) - room + 1), max(0, len(ROW_NAMES) - room))
    for row in range(first, min(len(ROW_NAMES), first + room)):
        name = ROW_NAMES[row]
        spec = OPTIONS_BY_NAME.get(name)
        mark = "*" if spec is not None and spec.load_time else " "
        pointer = "›" if row == view.row else " "
        lines.append(
            (
                (fit(f"{pointer}{mark} {name}", LABEL_WIDTH), "strong" if row == view.row else "label"),
                *(_cell(view, row, agent, column) for agent in AgentId),
                (fit(f" {spec.server_default}" if spec else "", width - LABEL_WIDTH - 2 * column), "dim"),
            )
        )
    lines.append(_explanation(view, width))
    return lines


def _explanation(view: SettingsView, width: int) -> Line:
    """The most important of: an error, a fight over one server, what is chosen, what the sign means."""
    if view.error:
        return ((fit(f" ✗ {view.error}", width), "bad"),)
    if view.row is not None:
        name = ROW_NAMES[view.row]
        spec = OPTIONS_BY_NAME.get(name)
        if spec is None:
            return ((fit(f" {_ROW_HELP[name]}", width), "dim"),)
        reload_note = " A change reloads the model." if spec.load_time else ""
        return ((fit(f" {spec.help}{reload_note}", width), "dim"),)
    return ((fit(" * a change reloads · ⟳ the next request reloads", width), "dim"),)
