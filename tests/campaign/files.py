"""Campaign files, plans and figures for tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chimera_tui.campaign.matrix import MOST_POINTS, Expanded, expand, settings_of
from chimera_tui.campaign.parse import parse
from chimera_tui.campaign.spec import CampaignSpec
from chimera_tui.domain.campaign import CampaignPlan, Cell, RepeatRule, Rules
from chimera_tui.domain.errors import FileNotReadable, SettingInvalid
from chimera_tui.domain.options import AgentId, AgentSettings, Options
from chimera_tui.domain.servers import with_tag

HOST = "http://127.0.0.1:11434"
DEFAULTS = {agent: AgentSettings("gemma3:latest", HOST) for agent in AgentId}
PROMPTS: Mapping[str, Mapping[str, str]] = {
    "short": {"collector_persona": "Be brief."},
    "brief": {"collector_persona": "Be brief."},
    "empty": {},
}


@dataclass(frozen=True, slots=True)
class KnownShape:
    block_count: int | None = 34
    context_length: int | None = 131_072


GEMMA = KnownShape()


def read_host(text: str) -> str:
    """Stands for Ollama's own rule, which has tests of its own."""
    if " " in text:
        raise SettingInvalid(f"{text!r} is no address", next_="Give host:port.")
    return text if "://" in text else f"http://{text}"


def read_prompts(folder: str) -> Mapping[str, str]:
    if folder not in PROMPTS:
        raise FileNotReadable("there is no such folder", where=folder, next_="Check the path.")
    return PROMPTS[folder]


def spec_of(toml: str) -> CampaignSpec:
    return parse(toml, "night.toml", read_host, read_prompts)


def expanded(
    toml: str,
    shape: KnownShape | None = GEMMA,
    *,
    defaults: Mapping[AgentId, AgentSettings] = DEFAULTS,
    allow_large: bool = False,
    most_points: int = MOST_POINTS,
) -> Expanded:
    """As the daemon does it: every model that the file asks for has this shape."""
    spec = spec_of(toml)
    known = {(each.host, with_tag(each.model)): shape for each in settings_of(spec, defaults) if shape is not None}
    return expand(spec, defaults, known, allow_large=allow_large, most_points=most_points)


def plan_of(toml: str, shape: KnownShape | None = GEMMA) -> CampaignPlan:
    return expanded(toml, shape).plan


def plain_plan(cells: int, *, loads: int = 1, repeats: int = 5, rules: Rules | None = None) -> CampaignPlan:
    """Cells of agent A alone, on models that are loaded in so many ways."""
    made = [
        Cell(
            cell_id=f"{number * 2_654_435_761 % 2**48:012x}",
            number=number,
            label=f"cell {number}",
            values=(("seed", str(number)),),
            scenario="a-alone",
            mode="together",
            agents=(AgentId.A,),
            settings=(
                replace(DEFAULTS[AgentId.A], options=Options(seed=number, num_ctx=512 * (number % loads + 1))),
            ),
            repeats=repeats,
            warmup=0,
        )
        for number in range(1, cells + 1)
    ]
    return CampaignPlan("plain", tuple(made), rules or Rules())


def adaptive(**values: object) -> Rules:
    return Rules(repeat=replace(RepeatRule(half_width_percent=2.0), **values))  # type: ignore[arg-type]  # its fields
