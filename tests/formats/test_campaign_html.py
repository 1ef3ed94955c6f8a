"""A campaign's report as HTML."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from chimera_tui.domain.campaign import CampaignPlan
from chimera_tui.domain.conclusion import Conclusion
from chimera_tui.formats.campaign_dots import dot_plot
from chimera_tui.formats.campaign_heat import heat_axes, heat_map
from chimera_tui.formats.campaign_html import html
from chimera_tui.formats.campaign_scatter import scatter
from tests.formats.campaign_conclusion import told

Found = tuple[Conclusion, CampaignPlan]


@pytest.fixture(scope="module")
def hostile() -> Found:
    conclusion, plan, _ = told()
    return conclusion, plan


class Reader(HTMLParser):
    """Every element with its attributes, in order; complains of one that is never closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def attributes(page: Reader) -> Iterator[tuple[str, str]]:
    return ((name, value or "") for _, found in page.elements for name, value in found.items())


def test_nothing_is_run_or_loaded_and_no_text_becomes_markup(hostile: Found) -> None:
    page = html(*hostile)
    reader = Reader(page)
    assert {tag for tag, _ in reader.elements} <= {
        *(
            "html",
            "head",
            "meta",
            "title",
            "style",
            "body",
            "h1",
            "h2",
            "h3",
            "p",
            "ul",
            "li",
            "pre",
            "section",
            "div",
        ),
        *("figure", "figcaption", "table", "thead", "tbody", "tr", "th", "td"),
        *("svg", "g", "line", "rect", "circle", "polygon", "path", "text"),
    }
    assert not [
        name for name, _ in attributes(reader) if name.startswith("on") or name in ("href", "src", "xlink:href")
    ]
    assert not re.search(r"url\(|@import", page)
    assert [value for name, value in attributes(reader) if "//" in value] == [
        "http://www.w3.org/2000/svg" for tag, _ in reader.elements if tag == "svg"
    ]
    assert "<script>alert" in "".join(reader.texts)  # shown as the text that it is
    assert "\x1b" not in page and "\u202e" not in page
    assert "default-src 'none'" in dict(attributes(reader)).values() or "default-src &#x27;none&#x27;" in page


def test_the_page_has_the_answer_first_and_every_part(hostile: Found) -> None:
    page = html(*hostile)
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles == [
        "Answer",
        "What these runs do not show",
        "Every cell",
        "Decode rate against TTFT",
        "What each axis does",
        "Rankings",
        "All cells",
        "Runs that do not count",
        "Drift",
        "How it was measured",
        "What the words mean",
        "The campaign file",
    ]
    assert "Simulated: these numbers come from" in page
    assert "load_failed" in page
    assert "throttled clock" in page
    assert (
        page.count("<svg") == 3 + 3 + 4
    )  # dots of three figures, three fronts, heat maps of two figures × agents


def test_it_is_readable_light_dark_and_on_paper(hostile: Found) -> None:
    page = html(*hostile)
    assert "@media (prefers-color-scheme: dark)" in page
    assert "@media print" in page
    assert 'content="light dark"' in page


def test_pictures_are_well_formed_and_tell_by_shape_and_word_what_colour_tells(hostile: Found) -> None:
    conclusion, plan = hostile
    dots = dot_plot(conclusion, "decode rate")
    assert dots is not None
    tree = ElementTree.fromstring(dots.text)
    names = [each.tag.rpartition("}")[2] for each in tree.iter()]
    assert names.count("circle") == 6  # A
    assert names.count("rect") == 6 + 3  # B, and every other row's stripe
    texts = ["".join(each.itertext()) for each in tree.iter() if each.tag.endswith("}text")]
    assert texts.count("best") == 2
    assert "decode rate, tok/s" in texts
    for front in conclusion.fronts:
        ElementTree.fromstring(scatter(conclusion, front).text)
    assert heat_axes(conclusion, plan) == ("num_ctx", "num_gpu")
    heat = heat_map(conclusion, plan, ("num_ctx", "num_gpu"), "decode rate", "a")
    assert heat is not None
    values = [
        "".join(each.itertext())
        for each in ElementTree.fromstring(heat.text).iter()
        if each.get("class") == "value"
    ]
    assert len(values) == 6
    assert all(value.endswith(" tok/s") for value in values)


def test_dots_lie_where_their_figures_are(hostile: Found) -> None:
    """Twice as far from the tick at 30 is twice as far in tokens per second."""
    conclusion, _ = hostile
    dots = dot_plot(conclusion, "decode rate")
    assert dots is not None
    tree = ElementTree.fromstring(dots.text)
    circles = [float(each.get("cx", "")) for each in tree.iter() if each.tag.endswith("}circle")]
    means = [figure.mean or 0.0 for cell in conclusion.cells if (figure := cell.figure("decode rate", "a"))]
    slopes = [(x - circles[0]) / (mean - means[0]) for x, mean in zip(circles[3:], means[3:], strict=True)]
    assert slopes == pytest.approx([slopes[0]] * 3, rel=1e-3)
    assert slopes[0] > 0


def test_a_campaign_without_runs_is_a_page_too(hostile: Found) -> None:
    conclusion, plan = hostile
    bare = replace(
        conclusion,
        cells=tuple(replace(each, figures=(), run_ids=()) for each in conclusion.cells),
        rankings=(),
        fronts=(),
        effects=(),
        drifts=(),
        surroundings=(),
    )
    page = html(bare, plan)
    Reader(page)
    assert "<svg" not in page
