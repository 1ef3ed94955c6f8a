"""When a stylesheet parses its rules again."""

from __future__ import annotations

from textual.color import Color

from chimera_tui.tui.parsed_once import ParsedOnce


def sheet() -> ParsedOnce:
    styles = ParsedOnce({"mine": "red"})
    styles.add_source("Label { color: $mine; }")
    return styles


def colours(styles: ParsedOnce) -> list[Color]:
    return [rule.styles.color for rule in styles.rules]


def test_another_value_of_a_variable_gives_other_rules() -> None:
    styles = sheet()
    assert colours(styles) == [Color.parse("red")]
    styles.set_variables({"mine": "blue"})
    styles.reparse()
    assert colours(styles) == [Color.parse("blue")]
    assert styles.parses_again == 1


def test_the_same_variables_keep_the_rules_and_take_new_sources() -> None:
    styles = sheet()
    first = styles.rules[0]
    styles.set_variables({"mine": "red"})
    styles.add_source("Button { color: green; }", read_from=("later", ""))
    styles.reparse()
    assert styles.rules[0] is first
    assert colours(styles) == [Color.parse("red"), Color.parse("green")]
    assert styles.parses_again == 0
