from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyte
import pytest
import textual
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from chimera_tui.tui.changed_output import changed_output
from chimera_tui.tui.changed_output.fit import Fit, terminal_fit
from chimera_tui.tui.changed_output.updates import ChangedOutput
from chimera_tui.tui.textual_version import TESTED_VERSIONS

WIDTH, HEIGHT = 32, 5
CUTS = (0, 7, 19, WIDTH)
STYLES = (
    None,
    Style(),
    Style.parse("red"),
    Style.parse("bold red on blue"),
    Style.parse("on blue"),
    Style.parse("#e0e0e0 on #1e1e1e"),
    Style.parse("#e0e0e0 on #202020"),
    Style.parse("bold dim italic #e0e0e0 on #1e1e1e"),
    Style.parse("underline reverse strike color(123) on bright_red"),
    Style.parse("default on default"),
    Style(link="https://example.org", color="green"),
)
SINGLE = "ab Z09~│─█⣿é…✓α"
OTHER = ("漢字", "e\u0301", "👩\u200d💻", "✔\ufe0f", "שלום", "🇩🇪", "\u00ad", "ﷺ", "\t", "⌚")

texts = st.one_of(
    st.text(SINGLE, max_size=12),
    st.integers(1, WIDTH).map(lambda count: " " * count),
    st.sampled_from(OTHER),
)
plain_texts = st.one_of(st.text(SINGLE, max_size=12), st.integers(1, WIDTH).map(lambda count: " " * count))


@st.composite
def strips(draw: st.DrawFn, words: st.SearchStrategy[str]) -> Strip:
    """A whole row."""
    parts = draw(st.lists(st.tuples(words, st.sampled_from(STYLES)), max_size=5))
    row = Strip([Segment(text, style) for text, style in parts if text])
    return row.adjust_cell_length(WIDTH, draw(st.sampled_from(STYLES[:-1])))


@dataclass(frozen=True)
class Step:
    """New rows, and what of them is to be drawn; `spans` None for all of it."""

    rows: dict[int, Strip]
    spans: tuple[tuple[int, int, int], ...] | None
    forget: bool = False


@st.composite
def steps(draw: st.DrawFn, words: st.SearchStrategy[str]) -> Step:
    rows = draw(st.dictionaries(st.integers(0, HEIGHT - 1), strips(words), max_size=HEIGHT))
    forget = draw(st.integers(0, 19)) == 7
    if draw(st.integers(0, 9)) == 7:
        return Step(rows, None, forget)
    columns = st.tuples(st.integers(0, WIDTH - 1), st.integers(1, WIDTH)).filter(lambda pair: pair[0] < pair[1])
    whole = st.just((0, WIDTH))
    dirty = draw(st.sets(st.integers(0, HEIGHT - 1)))
    spans = [(y, *draw(st.one_of(whole, columns))) for y in sorted(dirty | rows.keys())]
    return Step(rows, tuple(spans), forget)


def emulator() -> tuple[pyte.Screen, pyte.Stream]:
    screen = pyte.Screen(WIDTH, HEIGHT)
    stream = pyte.Stream(screen)
    stream.feed("\x1b[?7l")
    return screen, stream


def cells(screen: pyte.Screen) -> list[list[pyte.screens.Char]]:
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


def update_of(rows: Sequence[Strip], step: Step) -> ChopsUpdate | LayoutUpdate | None:
    chops = [dict(zip(CUTS, row.divide(CUTS[1:]), strict=False)) for row in rows]
    if step.spans is None:
        return LayoutUpdate([chop.values() for chop in chops], Region(0, 0, WIDTH, HEIGHT))
    if not step.spans:
        return None
    return ChopsUpdate(chops, list(step.spans), [list(CUTS[1:])] * HEIGHT)


def check(console: Console, output: ChangedOutput, sequence: Sequence[Step]) -> tuple[int, int]:
    """Both ways into an emulator each; the characters that each took."""
    rows = [Strip.blank(WIDTH)] * HEIGHT
    theirs, their_stream = emulator()
    ours, our_stream = emulator()
    their_count = our_count = 0
    for step in sequence:
        rows = [step.rows.get(y, row) for y, row in enumerate(rows)]
        update = update_of(rows, step)
        if step.forget:
            output.forget()
        if update is None:
            continue
        changed = output.of(update)
        assert changed is not update
        for text, stream in (
            (expected := update.render_segments(console), their_stream),
            (drawn := changed.render_segments(console), our_stream),
        ):
            stream.feed(text + "\x1b[1;1H\x07")
        their_count += len(expected)
        our_count += len(drawn)
        assert cells(ours) == cells(theirs)
        assert ours.cursor.attrs == theirs.cursor.attrs
    return their_count, our_count


def console(color_system: str | None = "truecolor") -> Console:
    return Console(color_system=color_system, force_terminal=True, width=WIDTH, height=HEIGHT)  # type: ignore[arg-type]


@given(st.lists(steps(plain_texts), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_rows_of_single_cells_end_up_as_textual_draws_them(sequence: list[Step]) -> None:
    whole = replace(sequence[0], spans=None)
    for erases in (True, False):
        check(console(), ChangedOutput(erases=erases), [whole, *sequence])


@given(st.lists(steps(texts), min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_wide_joined_linked_and_reordered_text_ends_up_as_textual_draws_it(sequence: list[Step]) -> None:
    for erases in (True, False):
        check(console(), ChangedOutput(erases=erases), [*sequence, Step({}, None), *sequence[::-1]])


@pytest.mark.parametrize("color_system", ["standard", "256", "truecolor", None])
def test_every_style_follows_every_other_as_textual_draws_it(color_system: str | None) -> None:
    sequence = [Step({}, None)]
    for first in STYLES:
        for second in STYLES:
            row = Strip([Segment("left", first), Segment("right", second)]).adjust_cell_length(WIDTH, first)
            sequence.append(Step({2: row}, ((2, 0, WIDTH),)))
    check(console(color_system), ChangedOutput(erases=True), sequence)


def test_a_word_that_grows_costs_its_new_letters_and_one_movement() -> None:
    style = Style.parse("#e0e0e0 on #1e1e1e")
    before, after = (Strip([Segment(text.ljust(WIDTH), style)]) for text in ("tokens arr", "tokens arrive"))
    output = ChangedOutput(erases=True)
    check(console(), output, [Step({1: before}, None)])
    drawn = output.of(
        update_of([Strip.blank(WIDTH), after, *[Strip.blank(WIDTH)] * 3], Step({}, ((1, 0, WIDTH),)))
    )
    assert drawn is not None
    assert drawn.render_segments(console()) == "\x1b[2;11H\x1b[38;2;224;224;224;48;2;30;30;30mive\x1b[m"


def row_of(text: str, style: Style | None = None) -> Strip:
    return Strip([Segment(text, style)]).adjust_cell_length(WIDTH, style)


@pytest.mark.parametrize("text", OTHER)
def test_a_row_with_more_than_single_cells_is_written_as_textual_writes_it(text: str) -> None:
    output = ChangedOutput(erases=True)
    check(console(), output, [Step({1: row_of(f"abc {text} def")}, None)])
    for words in (f"abc {text} deg", f"abc {text} deg", "abc", "abd"):
        rows = [Strip.blank(WIDTH), row_of(words), *[Strip.blank(WIDTH)] * 3]
        update = update_of(rows, Step({}, ((1, 0, WIDTH),)))
        drawn = output.of(update)
        assert update is not None and drawn is not None
        as_textual = update.render_segments(console()).replace("\x1b[2;1H", "\x1b[2H")
        assert (drawn.render_segments(console()) == as_textual) is (words != "abd")


@pytest.mark.parametrize("text", OTHER)
def test_what_stands_right_of_unusual_text_is_written_again(text: str) -> None:
    """Where it stands depends on how wide the terminal takes that text to be."""
    row = row_of(f"{text}     right of it and more")
    part = Step({}, ((1, 8, WIDTH),))
    plain = Step({1: row_of("plain  right of it and more")}, ((1, 0, 7),))
    check(console(), ChangedOutput(erases=True), [Step({1: row}, None), plain, part])
    check(console(), ChangedOutput(erases=True), [Step({1: row}, None), part, plain, part])


def test_blanks_that_can_be_seen_are_written_and_others_erased() -> None:
    for words, seen in (("underline", True), ("reverse", True), ("strike", True), ("bold on blue", False)):
        output = ChangedOutput(erases=True)
        drawn = output.of(LayoutUpdate([[row_of("", Style.parse(words))]], Region(0, 0, WIDTH, 1)))
        assert drawn is not None
        assert (" " * WIDTH in drawn.render_segments(console())) is seen


def test_what_the_terminal_shows_already_is_not_sent() -> None:
    rows = [Strip([Segment(f"row {y}".ljust(WIDTH), Style.parse("red"))]) for y in range(HEIGHT)]
    output = ChangedOutput(erases=True)
    everything = tuple((y, 0, WIDTH) for y in range(HEIGHT))
    first = output.of(update_of(rows, Step({}, None)))
    again = output.of(update_of(rows, Step({}, everything)))
    assert first is not None and again is not None
    assert first.render_segments(console())
    assert again.render_segments(console()) == ""
    output.forget()
    assert again.render_segments(console()) == update_of(rows, Step({}, everything)).render_segments(console())


def test_an_update_of_another_size_is_left_to_textual() -> None:
    output = ChangedOutput(erases=True)
    check(console(), output, [Step({}, None)])
    strip = Strip([Segment("wider".ljust(40), Style.parse("red"))])
    update = ChopsUpdate([{0: strip}] * HEIGHT, [(0, 0, 40)], [[40]] * HEIGHT)
    drawn = output.of(update)
    assert drawn is not None and drawn.render_segments(console()) == update.render_segments(console())


def test_what_is_no_update_of_the_compositor_goes_through_and_makes_the_screen_unknown() -> None:
    output = ChangedOutput(erases=True)
    check(console(), output, [Step({}, None)])
    assert output.of(None) is None
    assert output.of("something else") == "something else"
    update = update_of([Strip.blank(WIDTH)] * HEIGHT, Step({}, ((0, 0, WIDTH),)))
    drawn = output.of(update)
    assert drawn is not None and drawn.render_segments(console()) == update.render_segments(console())


def test_more_styles_than_are_kept_begin_anew_and_look_the_same() -> None:
    sequence = [Step({}, None)]
    for first in range(0, 10_500, WIDTH):
        cells_ = [Segment("x", Style(color=f"#{first + x:06x}")) for x in range(WIDTH)]
        sequence.append(Step({0: Strip(cells_)}, ((0, 0, WIDTH),)))
    check(console(), ChangedOutput(erases=True), sequence)


def test_it_is_on_for_the_textual_that_the_lock_names() -> None:
    assert textual.__version__ in TESTED_VERSIONS


@pytest.mark.parametrize(
    ("environment", "fit"),
    [
        ({"TERM": "xterm-256color"}, Fit(erases=True)),
        ({"TERM": "xterm-kitty"}, Fit(erases=True)),
        ({"TERM": "alacritty"}, Fit(erases=True)),
        ({"TERM": "tmux-256color", "TMUX": "x"}, Fit(erases=False)),
        ({"TERM": "screen-256color"}, Fit(erases=False)),
        ({"TERM": "xterm-256color", "STY": "x"}, Fit(erases=False)),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, None),
        ({"TERM": "vt220"}, None),
        ({"TERM": "dumb"}, None),
        ({"TERM": ""}, None),
        ({}, None),
    ],
)
def test_what_is_sent_depends_on_the_terminal_and_an_unknown_one_is_left_alone(
    environment: dict[str, str], fit: Fit | None
) -> None:
    assert terminal_fit(environment) == fit
    version = next(iter(TESTED_VERSIONS))
    assert (changed_output(version, environment) is None) is (fit is None)


@pytest.mark.parametrize("environment", [{"TERM": "xterm-256color"}, {"TERM": "vt220"}, {}])
def test_a_person_can_choose_either_for_any_terminal(environment: dict[str, str]) -> None:
    for version in (*TESTED_VERSIONS, "9.0.0"):
        assert changed_output(version, environment, "whole") is None
        assert changed_output(version, environment, "changed") is not None


@pytest.mark.parametrize("version", ["8.2.7", "8.3.0", "9.0.0", ""])
def test_a_textual_that_was_not_tested_is_left_alone(version: str) -> None:
    assert changed_output(version, {"TERM": "xterm-256color"}) is None
