"""A campaign's report as one HTML file: no script, nothing loaded from elsewhere, pictures drawn in place."""

from __future__ import annotations

from collections.abc import Iterator

from chimera_tui.domain.campaign import WHOLE_RUN, CampaignMetric, CampaignPlan
from chimera_tui.domain.conclusion import Conclusion
from chimera_tui.domain.conclusion_text import listed, subject
from chimera_tui.formats.campaign_content import Section, Table, sections_of, subtitle_of, title_of
from chimera_tui.formats.campaign_dots import MOST_ROWS, dot_plot
from chimera_tui.formats.campaign_heat import heat_axes, heat_map
from chimera_tui.formats.campaign_scatter import scatter, whose
from chimera_tui.formats.elements import Child, Markup, document, element, stylesheet
from chimera_tui.resources import folder

_NOTHING_FROM_OUTSIDE = "default-src 'none'; style-src 'unsafe-inline'"
_CAPTIONS = {
    "decode rate": "tokens per second: farther right is better",
    "TTFT": "time to first token: farther left is better",
    "wall": "time of a whole run: farther left is better",
    "grounding": "share of the numbers in its reports that the files bear out: farther right is better",
}
_HEATED: tuple[tuple[CampaignMetric, str], ...] = (
    ("decode rate", "a"),
    ("decode rate", "b"),
    ("TTFT", "a"),
    ("TTFT", "b"),
    ("grounding", ""),
)


def html(conclusion: Conclusion, plan: CampaignPlan) -> str:
    """The whole page; every text in it is escaped."""
    title = title_of(conclusion)
    css = (folder("styles") / "campaign_report.css").read_text(encoding="utf-8")
    head = (
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_NOTHING_FROM_OUTSIDE),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        stylesheet(css),
    )
    body: list[Child] = [element("h1", title), element("p", subtitle_of(conclusion), class_="subtitle")]
    pictures = [*_dots(conclusion)]
    for section in sections_of(conclusion, plan):
        if pictures and section.key not in ("answer", "cautions"):
            body.append(element("section", element("h2", "Every cell"), *pictures, class_="dots"))
            pictures = []
        body.append(element("section", *_section(section, conclusion, plan), class_=section.key))
    return document(head, body)


def _section(section: Section, conclusion: Conclusion, plan: CampaignPlan) -> Iterator[Child]:
    yield element("h2", section.title)
    yield from (element("p", paragraph, class_="note") for paragraph in section.paragraphs)
    if section.bullets:
        yield element("ul", *(element("li", bullet) for bullet in section.bullets))
    yield from _pictures(section.key, conclusion, plan)
    yield from (each for table in section.tables for each in _table(table))
    if section.source:
        yield element("pre", section.source.rstrip("\n"))


def _pictures(key: str, conclusion: Conclusion, plan: CampaignPlan) -> Iterator[Child]:
    match key:
        case "fronts":
            figures = (
                _figure(scatter(conclusion, front), f"{whose(front)[:1].upper()}{whose(front)[1:]}")
                for front in conclusion.fronts
            )
            yield element("p", _FRONT, class_="note")
            yield element("div", *figures, class_="side")
        case "effects":
            yield from _heat(conclusion, plan)


_FRONT = (
    "Up and to the left is better. Filled: on the front, which the dashed line joins; hollow: another cell is "
    "better, or better at one and not told apart at the other. Numbers are those of the cells."
)


def _dots(conclusion: Conclusion) -> Iterator[Child]:
    """A picture for each figure."""
    agents = {figure.agent for cell in conclusion.cells for figure in cell.figures if figure.agent}
    who = {"a": "circle: agent A", "b": "square: agent B"}
    legend = [who[agent] for agent in sorted(agents)]
    for metric, meaning in _CAPTIONS.items():
        picture = dot_plot(conclusion, metric)
        if picture is None:
            continue
        shapes = "diamond: the whole run" if metric in WHOLE_RUN else ", ".join(legend)
        alone = len({len(cell.figures) for cell in conclusion.cells}) > 1
        small = " Small: an agent alone beside cells of both, not ranked." if alone else ""
        cut = f" Only the first {MOST_ROWS} cells are drawn." if len(conclusion.cells) > MOST_ROWS else ""
        name = "grounding score" if metric == "grounding" else metric
        caption = (
            f"{name[:1].upper()}{name[1:]}, {meaning}; with 95 % intervals. {shapes[:1].upper()}{shapes[1:]}. "
            "Hollow: behind the best, by the interval of their difference; filled: the best, or can not be told "
            f"from it.{small}{cut}"
        )
        yield _figure(picture, caption)


def _heat(conclusion: Conclusion, plan: CampaignPlan) -> Iterator[Child]:
    axes = heat_axes(conclusion, plan)
    if axes is None:
        return
    others = [axis for axis in plan.axes if axis not in axes]
    over = f", mean over {listed(others)}" if others else ""
    figures: list[Markup] = []
    for metric, agent in _HEATED:
        picture = heat_map(conclusion, plan, axes, metric, agent)
        if picture is not None:
            name = subject(metric, agent)
            figures.append(
                _figure(picture, f"{name}{over}. The stronger the shade, the better; best by the means.")
            )
    if figures:
        yield element("div", *figures, class_="side")


def _figure(picture: Markup, caption: str) -> Markup:
    return element("figure", element("figcaption", caption), picture)


def _table(table: Table) -> Iterator[Child]:
    if table.title:
        yield element("h3", table.title)
    header = element("tr", *(_cell("th", name, place, table) for place, name in enumerate(table.header)))
    rows = (
        element(
            "tr",
            *(_cell("td", cell, place, table) for place, cell in enumerate(cells)),
            class_="best" if cells and cells[-1] == "best" else None,
        )
        for cells in table.rows
    )
    grid = element("table", element("thead", header), element("tbody", *rows))
    yield element("div", grid, class_="wide")


def _cell(name: str, content: str, place: int, table: Table) -> Markup:
    return element(name, content, class_="number" if place in table.numbers else None)
