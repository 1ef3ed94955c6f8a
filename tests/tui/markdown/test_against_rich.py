"""The same words in the same order as Rich's own Markdown shows them."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console
from rich.markdown import Markdown

from tests.tui.markdown.documents import made_up, render

WIDE = 1_000
"""No table wraps its cells, whose words would be out of order otherwise."""


def words_of_rich(text: str) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=WIDE, color_system=None).print(Markdown(text, hyperlinks=False))
    return re.findall(r"\w+", out.getvalue())


def words_of_ours(text: str) -> list[str]:
    return re.findall(r"\w+", "\n".join(line.text for line in render(text, WIDE)))


@pytest.mark.shared
def test_reports_of_the_field_show_the_words_that_rich_shows(shared_dir: Path) -> None:
    reports = sorted((shared_dir / "grounding" / "reports").glob("*.md"))
    assert reports
    for path in reports:
        text = path.read_text(encoding="utf-8")
        assert words_of_ours(text) == words_of_rich(text), path.name


@pytest.mark.parametrize("seed", range(30))
def test_made_up_documents_show_the_words_that_rich_shows(seed: int) -> None:
    text = made_up(seed).replace("[ref]: /url 'x'", "plain")
    assert words_of_ours(text) == words_of_rich(text)
