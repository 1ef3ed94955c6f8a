"""What a daemon that runs says of itself in a few words, so that the first frame shows how things stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from chimera_tui.domain.metrics import AgentState, LiveMetrics
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.run_state import RunState
from chimera_tui.tui.projection import Projection
from chimera_tui.tui.widgets.tree_totals import FolderTotals


class ServerTold(NamedTuple):
    """A server that answered the daemon, as far as its outline tells."""

    version: str
    simulated: bool
    models: tuple[()] = ()
    """They come with the events."""


class FirstLook:
    """The outline of `domain.status.DaemonStatus` as JSON, read without the heavy modules that check events."""

    def __init__(self, status: Mapping[str, Any]) -> None:
        """Raises KeyError, TypeError, ValueError or AttributeError for what is no outline of this version."""
        outline = status["outline"]
        self.pid = status["pid"]
        self.files = None if outline["files"] is None else _totals(outline["files"])
        self._view = _projection(outline)

    def show(self, view: Projection) -> None:
        """Let the picture begin with this; events go over it."""
        seen = self._view
        view.labels, view.servers, view.first_look = seen.labels, dict(seen.servers), self
        view.run_id, view.run_state, view.run_mode = seen.run_id, seen.run_state, seen.run_mode
        view.run_agents, view.run_simulated = seen.run_agents, seen.run_simulated
        for agent, agent_view in seen.agents.items():
            own = view.agents[agent]
            own.settings, own.reloads, own.metrics = agent_view.settings, agent_view.reloads, agent_view.metrics


def first_look(status: Mapping[str, object] | None) -> FirstLook | None:
    """None where nothing is told, or not as it should be: then the events tell everything."""
    if status is None:
        return None
    try:
        return FirstLook(status)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _projection(outline: Mapping[str, Any]) -> Projection:
    view = Projection(labels=tuple(map(str, outline["labels"])))
    for server in outline["servers"]:
        view.servers[server["host"]] = ServerTold(str(server["version"]), server["simulated"] is True)
    for name, told in outline["agents"].items():
        agent = view.agents[AgentId(name)]
        settings = dict(told["settings"])
        agent.settings = AgentSettings(options=Options(**settings.pop("options")), **settings)
        agent.reloads = tuple(map(str, told["reloads"]))
        agent.metrics = LiveMetrics(AgentState(told["state"]))
    if (run := outline["run"]) is not None:
        view.run_id, view.run_state, view.run_mode = str(run["run_id"]), RunState(run["state"]), run["mode"]
        view.run_agents, view.run_simulated = tuple(map(AgentId, run["agents"])), run["simulated"] is True
    return view


def _totals(files: Mapping[str, Any]) -> FolderTotals:
    totals = FolderTotals()
    kinds, all_of_them = files["by_kind"], files["benchmark"]
    totals.csv, totals.json, totals.md, totals.other = (
        int(kinds[kind]["count"]) for kind in ("csv", "json", "md", "other")
    )
    totals.own, totals.problems = int(files["own_output"]), int(files["problems"])
    totals.size_bytes, totals.latest_ns = int(all_of_them["size_bytes"]), all_of_them["latest_mtime_ns"]
    return totals
