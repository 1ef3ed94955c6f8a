"""A campaign file, read and checked: every mistake is told with its line and what to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import PurePath

from chimera_tui.campaign.document import Document, Table
from chimera_tui.campaign.parse_matrix import SettingReader
from chimera_tui.campaign.parse_rules import RULE_SECTIONS, repeats_of, rules_of
from chimera_tui.campaign.readers import text as read_text
from chimera_tui.campaign.spec import AGENT_NAMES, OWN_PROMPTS, CampaignSpec, Matrix
from chimera_tui.domain.campaign import PromptVariant
from chimera_tui.domain.names import printable

_TOP = ("name", "scenario", "mode", "agents", "matrix", "cells", "exclude", "prompts", *RULE_SECTIONS)
_BASE = (*AGENT_NAMES, "keep_alive")

HostReader = Callable[[str], str]
"""Turns what a person wrote for a host into a base URL; SettingInvalid when it is none."""
PromptsReader = Callable[[str], Mapping[str, str]]
"""Reads the prompts of a folder that the file names: prompt name → text; a ChimeraError when it can not."""


def parse(text: str, where: str, read_host: HostReader, read_prompts: PromptsReader) -> CampaignSpec:
    """Read a campaign file's text; `where` is its name, for errors, and what a file without `name` is called by.

    Raises CampaignInvalid naming the line, and the nearest known key for one that is unknown.
    """
    top = Document(text, where).top.only(_TOP)
    prompts = _prompts(top, read_prompts)
    reader = SettingReader(read_host, [variant.name for variant in prompts])
    repeats = repeats_of(top)
    agents = top.section("agents", (*_BASE, "a", "b"))
    matrices = tuple(reader.matrix(table) for table in top.tables("matrix"))
    cells = tuple(reader.cell(table, repeats) for table in top.tables("cells"))
    return CampaignSpec(
        name=top.get("name", read_text, printable(PurePath(where).stem) or "campaign"),
        where=where,
        source=text,
        base=reader.point(agents, _BASE, _BASE),
        run=reader.point(top, ("scenario", "mode"), ()),
        matrices=matrices if matrices or cells else (Matrix((), where),),
        cells=cells,
        excludes=tuple(reader.exclude(table, matrices) for table in top.tables("exclude")),
        repeats=repeats.count,
        warmup=repeats.warmup,
        rules=rules_of(top, repeats.rule),
        prompts=prompts,
    )


def _prompts(top: Table, read_prompts: PromptsReader) -> tuple[PromptVariant, ...]:
    table = top.table("prompts")
    return tuple(_variant(table, name, read_prompts) for name in table.values) if table else ()


def _variant(table: Table, name: str, read_prompts: PromptsReader) -> PromptVariant:
    if name == OWN_PROMPTS or printable(name) != name or not name.strip():
        what = f"{printable(name)!r} can not be the name of a prompt variant"
        raise table.invalid(what, name, f"Choose another: {OWN_PROMPTS} means the program's own prompts.")
    texts = table.read(name, lambda value: read_prompts(str(_folder(value))))
    if not texts:
        raise table.invalid(f"the folder of {name} holds no prompt", name, "Copy one of prompts/*.md into it.")
    return PromptVariant(name, tuple(sorted(texts.items())))


def _folder(value: object) -> str:
    read_text(value)
    return str(value)
