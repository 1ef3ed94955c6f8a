from __future__ import annotations

import pytest

from chimera_tui.tui.widgets.growth_plot import SEVERAL, line_plot, mark_plot, span_of


def dots(lines: list[str]) -> list[str]:
    """One character for each dot."""
    bits = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
    return [
        "".join("#" if (ord(cell) - 0x2800) & bits[y][x] else "." for cell in line for x in (0, 1))
        for line in lines
        for y in range(4)
    ]


def test_a_line_goes_from_point_to_point_without_a_hole() -> None:
    assert dots(line_plot([(0, 0.0), (7, 7.0)], (0, 7), (0, 7), 4, 2)) == [
        ".......#",
        "......#.",
        ".....#..",
        "....#...",
        "...#....",
        "..#.....",
        ".#......",
        "#.......",
    ]


def test_a_step_is_drawn_as_high_as_it_is() -> None:
    drawn = dots(line_plot([(0, 0.0), (3, 0.0), (4, 3.0), (7, 3.0)], (0, 7), (0, 3), 4, 1))
    assert drawn[0].endswith("####") and drawn[-1].startswith("####")
    assert all("#" in row for row in drawn)


def test_one_value_stands_in_the_middle_and_is_seen() -> None:
    assert span_of([5.0]) == (4.75, 5.25)
    assert span_of([0.0]) == (-1.0, 1.0)
    assert span_of([]) == (0.0, 1.0)
    drawn = dots(line_plot([(9, 5.0)], (8.5, 9.5), span_of([5.0]), 3, 1))
    assert sum(row.count("#") for row in drawn) == 1


def test_what_lies_beyond_is_left_out_and_huge_numbers_are_drawn() -> None:
    blank = chr(0x2800) * 3
    assert line_plot([(0, 9.0), (5, 1.0)], (6, 9), (0, 1), 3, 1) == [blank]
    assert line_plot([], (0, 1), (0, 1), 3, 1) == [blank]
    widest = (-1.7e308, 1.7e308)
    drawn = dots(line_plot([(0, -1.7e308), (9, 1.7e308)], (0, 9), widest, 4, 2))
    assert drawn[0][-1] == "#" and drawn[-1][0] == "#"


@pytest.mark.parametrize(("letters", "shown"), [("A", "A"), ("AA", "A"), ("AB", SEVERAL)])
def test_letters_stand_at_their_points(letters: str, shown: str) -> None:
    marks = [(5, 1.0, letter) for letter in letters]
    lines = mark_plot([*marks, (0, 0.0, "A"), (99, 0.0, "B")], (0, 10), (0, 1), 11, 2)
    assert lines == [" " * 5 + shown + " " * 5, "A" + " " * 10]
