from __future__ import annotations

from dataclasses import replace

from chimera_tui.tui.campaign_picture import CampaignPicture
from chimera_tui.tui.campaign_words import Measure
from chimera_tui.tui.widgets.campaign_columns import cell_line, layout_for, titles_line
from chimera_tui.tui.widgets.campaign_grid import MapView, map_lines, shade_of
from chimera_tui.tui.widgets.lines import Line, line_width
from tests.tui.scripted_campaign import campaign, large
from tests.tui.test_campaign_picture import narrowed

B_RATE = Measure("decode rate", "b")


def heat(picture: CampaignPicture, place: int = 0) -> MapView:
    return MapView(picture, B_RATE, picture.map_axes, place)


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def style_of(lines: list[Line], text: str) -> str:
    return next(style for line in lines for words, style in line if text in words)


def test_every_cell_stands_where_its_values_meet() -> None:
    lines = texts(map_lines(heat(CampaignPicture(campaign())), 60, 14))
    values = next(line for line in lines if "num_gpu ↓" in line)
    assert values.split()[2:] == ["512", "1024", "2048", "4096"]
    row = next(line for line in lines if line.startswith(" 80"))
    assert row.replace("[", " ").replace("]", " ").split() == ["80", "★", "102", "☆", "101", "98.9", "92.8"]
    assert len({line_width(line) for line in map_lines(heat(CampaignPicture(campaign())), 60, 14)[4:8]}) == 1


def test_a_cell_without_a_number_says_why() -> None:
    lines = texts(map_lines(heat(CampaignPicture(campaign()), 16), 60, 14))
    row = next(line for line in lines if line.startswith(" 80"))
    assert row.replace("[", " ").replace("]", " ").split() == ["80", "✗", "61.9", "60.4", "○"]
    assert any("○ no run yet" in line and "· no such cell" in line for line in lines)


def test_a_point_that_has_no_cell_is_a_dot() -> None:
    picture = narrowed(1, 2, 6)
    rows = texts(map_lines(heat(picture), 60, 12))
    assert next(row for row in rows if row.startswith(" 40")).split() == ["40", "·", "101"]


def test_the_best_has_the_strongest_shade_and_lower_is_better_for_times() -> None:
    lines = map_lines(heat(CampaignPicture(campaign()), 5), 60, 14)
    assert style_of(lines, "★ 102") == "shade-9+strong"
    assert style_of(lines, "☆ 101") in ("cursor", "shade-9")
    assert style_of(lines, " 21.3") == "shade-0"
    times = MapView(CampaignPicture(campaign()), Measure("TTFT", "b"), heat(CampaignPicture(campaign())).axes, 5)
    assert style_of(map_lines(times, 60, 14), "★ 304") == "shade-9+strong"
    assert [shade_of(each) for each in (0.0, 0.5, 1.0)] == ["shade-0", "shade-5", "shade-9"]


def test_a_campaign_of_one_axis_or_one_cell_has_a_map_too() -> None:
    one_axis = texts(map_lines(heat(narrowed(1, 2, 3)), 60, 12))
    assert any("num_ctx →" in line for line in one_axis) and not any("↓" in line for line in one_axis)
    alone = texts(map_lines(heat(narrowed(1)), 60, 12))
    assert any("102]" in line for line in alone)


def test_a_large_map_shows_the_part_around_the_cursor_and_which_it_is() -> None:
    picture = CampaignPicture(large())
    lines = texts(map_lines(heat(picture, 4_321), 60, 20))
    assert len(lines) <= 20 and all(len(line) <= 60 for line in lines)
    assert any("num_ctx → 20–24/100 · ↓ 37–50/100" in line for line in lines)
    assert any("4,320]" in line for line in lines)


def test_walking_goes_over_gaps_and_ends_at_the_edge() -> None:
    picture = narrowed(1, 3, 4)
    view = heat(picture)
    right = view.neighbour(1, 0)
    assert right is not None and right.number == 3
    assert view.neighbour(-1, 0) is None and view.neighbour(0, 1) is None


def test_the_map_holds_at_any_size() -> None:
    for width in (20, 34, 46, 60, 90, 140):
        for height in (8, 12, 20, 40):
            lines = map_lines(heat(CampaignPicture(campaign()), 7), width, height)
            assert len(lines) <= height and all(line_width(line) <= width for line in lines)


def test_the_columns_of_the_list_use_what_room_there_is() -> None:
    picture = CampaignPicture(campaign())
    small, middle, wide = (layout_for(picture, width) for width in (44, 76, 180))
    assert small.label and not small.axes and not small.plot
    assert [axis.name for axis in middle.axes] == ["model", "num_gpu", "num_ctx"] and middle.half
    assert wide.interval and wide.plot and wide.remarks
    for width in (40, 44, 60, 66, 76, 90, 120, 180):
        layout = layout_for(picture, width)
        titles = titles_line(layout, picture.column(B_RATE), B_RATE)
        rows = [cell_line(picture, number, layout, B_RATE) for number in range(len(picture.cells))]
        assert all(line_width(row) <= width for row in (titles, *rows))


def test_numbers_of_the_list_stand_below_each_other() -> None:
    picture = CampaignPicture(campaign())
    layout = layout_for(picture, 100)
    rows = texts([cell_line(picture, number, layout, B_RATE) for number in (0, 8, 12)])
    ends = {row.index(number) + len(number) for row, number in zip(rows, ("102 ", "44.7 ", "21.3 "), strict=True)}
    assert len(ends) == 1


def test_an_unprintable_label_is_spelled_out() -> None:
    view = campaign()
    odd = replace(view.plan.cells[0], label="a\x1b[2J", values=(("model\x1b", "a\x1b[2J"),))
    picture = CampaignPicture(replace(view, plan=replace(view.plan, cells=(odd, *view.plan.cells[1:]))))
    for width in (44, 120):
        layout = layout_for(picture, width)
        assert "\x1b" not in "".join(texts([cell_line(picture, 0, layout, B_RATE)]))
    assert "\x1b" not in "".join(texts(map_lines(heat(picture), 60, 20)))
