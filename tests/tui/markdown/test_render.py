"""What each kind of block looks like."""

from __future__ import annotations

import pytest

from tests.tui.markdown.documents import render, texts


def styles_of(markdown: str, text: str) -> set[str]:
    return {style for line in render(markdown) for part, style in line.spans if text in part}


def test_the_first_level_has_a_rule_and_every_level_its_style() -> None:
    assert texts("# One\n## Two\nText") == ["One", "━━━", "Two", "Text"]
    for level in range(1, 7):
        assert styles_of("#" * level + " Title", "Title") == {f"h{level}"}
    assert styles_of("Title\n---\n", "Title") == {"h2"}


def test_inline_marks_become_styles() -> None:
    text = "**b** *i* `c` ~~s~~ ***bi*** **`bc`**"
    assert texts(text) == ["b i c s bi bc"]
    assert styles_of(text, "bi") == {"em strong"}
    assert styles_of(text, "bc") == {"strong code"}
    assert styles_of(text, "s") == {"strike"}


def test_lists_nest_with_bullets_and_numbers_of_their_own() -> None:
    markdown = "- a\n  - b\n    - c\n      - d\n- e\n\n4. four\n5. five\n   - in\n"
    assert texts(markdown) == ["• a", "  ◦ b", "    ▪ c", "      • d", "• e", "", "4. four", "5. five", "   ◦ in"]


def test_blank_lines_between_items_follow_the_source() -> None:
    assert texts("- a\n- b\n\n- c\n\n  more\n- d") == ["• a", "• b", "", "• c", "", "  more", "• d"]


def test_tasks_have_boxes() -> None:
    assert texts("- [ ] open\n- [x] done\n- [X] Done\n1. [ ] one") == [
        "☐ open",
        "☑ done",
        "☑ Done",
        "",
        "1. ☐ one",
    ]
    assert styles_of("- [x] done", "☑") == {"task_done"}


def test_long_items_hang_under_their_text() -> None:
    assert texts("- one two three four\n", 12) == ["• one two", "  three four"]


def test_quotes_have_a_bar_on_every_line() -> None:
    assert texts("> one two\nlazy\n>\n> - item\n>\n> > deep\n", 12) == [
        "▌ one two",
        "▌ lazy",
        "▌ ",
        "▌ • item",
        "▌ ",
        "▌ ▌ deep",
    ]


def test_links_show_an_address_that_differs_from_their_text() -> None:
    assert texts("[here](http://a.b) <http://c.d> <me@x.y> ![chart](c.png) ![](d.png)") == [
        "here (http://a.b) http://c.d me@x.y chart d.png"
    ]
    assert styles_of("[here](http://a.b)", "http") == {"url"}


def test_breaks_are_soft_hard_or_tags() -> None:
    assert texts("a\nb  \nc\\\nd<br>e<br/>f") == ["a b", "c", "d", "e", "f"]


def test_entities_are_characters_and_tags_stay_text() -> None:
    assert texts("&lt;a&gt; &amp; &copy; <kbd>x</kbd>") == ["<a> & © <kbd>x</kbd>"]
    assert texts("<div>\n<b>x</b>\n</div>\n\ny") == ["<div>", "<b>x</b>", "</div>", "", "y"]


def test_known_languages_have_colours_and_others_are_plain() -> None:
    markdown = "```python\ndef f():\n    return 'x'  # y\n```\n"
    assert texts(markdown) == ["  def f():", "      return 'x'  # y"]
    assert styles_of(markdown, "def") == {"code_block code_kw"}
    assert styles_of(markdown, "'x'") == {"code_block code_str"}
    assert styles_of(markdown, "# y") == {"code_block code_com"}
    assert styles_of("```nonsense\ndef f()\n```", "def") == {"code_block"}
    assert {line.fill for line in render(markdown)} == {"code_block"}


def test_a_very_long_code_line_stays_plain() -> None:
    assert styles_of("```python\nreturn '" + "x" * 2_100 + "'\n", "return") == {"code_block"}


def test_code_keeps_blank_lines_and_indentation_and_is_folded() -> None:
    assert texts("```\na\n\n\tb\n```", 10) == ["  a", "  ", "      b"]
    assert texts("```\nabcdefghij\n```", 10) == ["  abcdefgh", "  ij"]
    assert texts("    one\n      two\n", 10) == ["  one", "    two"]


def test_rules_are_as_wide_as_the_pane() -> None:
    assert texts("a\n\n***\n", 10) == ["a", "", "─" * 10]


@pytest.mark.parametrize("width", [1, 2, 3, 5, 8, 10])
def test_narrow_panes_keep_every_letter(width: int) -> None:
    markdown = "# abc\n\n- de\n  - fgh\n    > ijk\n\n| lm | no |\n|--|--|\n| pq | rs |\n\n```\ntuv\n```\n"
    letters = "".join(letter for row in texts(markdown, width) for letter in row if letter.isalpha())
    assert set("abcdefghijklmnopqrstuv") <= set(letters)


def test_control_characters_are_spelled_out() -> None:
    for markdown in ("a\x1b[31mb", "`a\x1b[31mb`", "```\na\x1b[31mb\n```", "# a\x1b[31mb", "|a\x1b[31mb|\n|-|\n"):
        assert r"a\x1b[31mb" in "".join(texts(markdown))
    assert texts("x\u202ey\x9bz") == [r"x\u202ey\x9bz"]
    assert texts("[a](<http://x/\x1b>)")[0].isprintable()


def test_right_to_left_text_is_kept_in_its_order() -> None:
    assert texts("- שלום **עולם**\n- مرحبا") == ["• שלום עולם", "• مرحبا"]


def test_console_markup_is_text() -> None:
    assert texts("[bold red]x[/bold red] [/]") == ["[bold red]x[/bold red] [/]"]
