"""HTML and SVG elements."""

from __future__ import annotations

import pytest

from chimera_tui.formats.elements import document, element, joined, stylesheet, text


def test_whatever_is_put_into_an_element_is_text_unless_it_is_one() -> None:
    inner = element("b", "<i>&'\"")
    assert element("p", "a < b ", inner).text == "<p>a &lt; b <b>&lt;i&gt;&amp;&#x27;&quot;</b></p>"


def test_attributes_are_escaped_and_none_is_left_out() -> None:
    made = element("rect", class_='a" onload="x', stroke_width=1.5, x=1 / 3, title=None, http_equiv="y")
    assert made.text == (
        '<rect class="a&quot; onload=&quot;x" stroke-width="1.5" x="0.333333" http-equiv="y"></rect>'
    )


def test_an_element_may_have_a_name_and_one_without_end_has_none() -> None:
    assert element("meta", name="viewport", content="x").text == '<meta name="viewport" content="x">'


def test_control_characters_are_spelled_out_line_by_line() -> None:
    assert text("a\x1b[31m\n\u202eb").text == "a\\x1b[31m\n\\u202eb"
    assert element("p", title="\x07").text == '<p title="\\x07"></p>'


def test_a_page_begins_as_html_and_a_style_sheet_can_not_end_itself() -> None:
    assert document([element("title", "t")], ["x"]) == (
        '<!DOCTYPE html>\n<html lang="en"><head><title>t</title></head><body>x</body></html>\n'
    )
    assert joined(["a", element("b")]).text == "a<b></b>"
    with pytest.raises(ValueError, match="end tag"):
        stylesheet("p {} </style><script>")
