"""A campaign's report as Markdown that can be read as it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from chimera_tui.domain.campaign import CampaignPlan
from chimera_tui.domain.conclusion import Conclusion
from chimera_tui.domain.names import printable
from chimera_tui.formats.agent_report_values import plain, row
from chimera_tui.formats.campaign_content import Section, Table, sections_of, subtitle_of, title_of


def markdown(conclusion: Conclusion, plan: CampaignPlan) -> str:
    """The whole report, with a final newline."""
    lines = [f"# {plain(title_of(conclusion))}", "", plain(subtitle_of(conclusion)), ""]
    for section in sections_of(conclusion, plan):
        lines += _section(section)
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(section: Section) -> Iterator[str]:
    yield from (f"## {plain(section.title)}", "")
    for paragraph in section.paragraphs:
        yield from (plain(paragraph), "")
    if section.bullets:
        yield from (f"- {plain(bullet)}" for bullet in section.bullets)
        yield ""
    for table in section.tables:
        if table.title:
            yield from (f"**{plain(table.title)}**", "")
        yield from _table(table)
        yield ""
    if section.source:
        yield from _fenced(section.source)


def _table(table: Table) -> Iterable[str]:
    yield row([plain(name) for name in table.header])
    yield row(["---:" if place in table.numbers else "---" for place in range(len(table.header))])
    for cells in table.rows:
        yield row([plain(cell) for cell in cells])


def _fenced(source: str) -> Iterator[str]:
    """Indented, not fenced: a text may hold any fence."""
    for line in source.rstrip("\n").split("\n"):
        yield f"    {printable(line.expandtabs(4))}".rstrip()
    yield ""
