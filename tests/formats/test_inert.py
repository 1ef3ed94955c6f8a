"""What a model wrote is saved as text: nothing in it is active, and all of it comes back."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from chimera_tui.formats.inert import inert, inert_line, read_inert
from tests.faults.hostile import FORBIDDEN, HTML, LINE

PIECES = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- x", "-->", "<?php ", "<![CDATA[",
    "</pre>", "<a\n", "<pre>", "<b", "< b", "<br>", "<https://example.org>", "<javascript:alert(1)>",
    "[a](javascript:alert(1))", "[a](java&#115;cript:alert(1))", "![a](data:text/html,x)", "[a]: vbscript:x",
    "[a]", "[a][a]", "](", "`", "``", "```", "~~~", "\\`", "\\<b>", "\\", "|", "\n|-|\n", "\n", "\n\n",
    "\n    ", "\n> ", "\n- ", "\r", "\t", "&", "&LT;", "&AMP;LT;", "&#x1b;", "&lt;b&gt;", "\x1b[2J", "\x00",
    "\u202e", "\x85", "text ", "x",
)  # fmt: skip
documents = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


_OURS = "p|h[1-6]|em|strong|s|code|pre|blockquote|ul|ol|li|br|hr|table|thead|tbody|tr|th|td|a|img"
_TAGS = re.compile(rf"<(?!/?(?:{_OURS})\b)[A-Za-z/!?]\S*|<[^>]*\son\w+\s*=")
"""What Markdown itself does not become."""


def active(markdown: str) -> list[str]:
    """HTML and scripts, as two readers find them; another way to look than that of the product."""
    found = []
    for parser in (MarkdownIt("commonmark"), MarkdownIt("gfm-like", {"linkify": False, "html": True})):
        parser.validateLink = lambda url: True  # type: ignore[method-assign]
        page = parser.render(markdown)
        found += _TAGS.findall(page)
        found += re.findall(r"""(?:href|src)="\s*(?:javascript|vbscript|data|file):""", page, re.IGNORECASE)
    return found


@settings(max_examples=150, deadline=None)
@given(text=documents)
@example(text=HTML)
@example(text=LINE)
@example(text="`a | <b>` |\n|-|-|")
@example(text="foo ` bar\nbaz ` <b> ` qux")
@example(text="<pre>\n```\n<script>\n\n<b>")
@example(text="- `<b>`\n\n      <b>\n<b>")
def test_nothing_is_active_and_all_of_it_comes_back(text: str) -> None:
    saved = inert(text)
    assert read_inert(saved) == text
    assert active(saved) == []
    assert not FORBIDDEN.search(saved.replace("\r", ""))
    assert saved.count("\n") == text.count("\n")


@settings(max_examples=50, deadline=None)
@given(text=documents.map(lambda text: re.sub(r"[\r\n]", " ", text)))
def test_a_line_is_text_wherever_it_stands(text: str) -> None:
    saved = inert_line(text)
    assert read_inert(saved) == text
    assert active(f"- {saved}\n\n**Model:** {saved}\n\n    code {saved}\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n\n- 3 < 5 and 7 > 6\n- `vector<int>` holds R&D\n",
        "```html\n<b>left as it is</b>\n```\n",
        "| a<br>b | <https://example.org> |\n|---|---|\n",
        "[a](https://example.org/x) &lt; &#39; &amp;",
    ],
)
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    assert inert(text) == text


def test_what_would_be_html_shows_the_same() -> None:
    page = MarkdownIt("commonmark").render(inert("TTFT <b>low</b> & <script>x</script>"))
    assert page == "<p>TTFT &lt;b&gt;low&lt;/b&gt; &amp; &lt;script&gt;x&lt;/script&gt;</p>\n"
