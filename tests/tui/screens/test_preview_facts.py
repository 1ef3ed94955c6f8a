"""A file is opened at the fact that somebody asked for."""

from __future__ import annotations

from chimera_tui.domain.grounding import FactPlace
from chimera_tui.tui.widgets.csv_table import read_csv, spot_of
from chimera_tui.tui.widgets.json_tree import GROUP, JsonTree, read_json, steps_of
from tests.support import eventually
from tests.tui.screens.test_preview import Harness, content, previewing


def marked(app: Harness, style: str) -> list[str]:
    """The segments on the screen that have this background."""
    colour = app.screen.query_one("#preview-body > *").get_component_rich_style(style).bgcolor
    lines = app.screen._compositor.render_strips()
    return [s.text.strip() for line in lines for s in line if s.style is not None and s.style.bgcolor == colour]


async def test_a_fact_in_a_csv_is_scrolled_to_and_marked() -> None:
    columns = ",".join(f"column_{n}_with_a_name" for n in range(20))
    text = f"{columns}\n" + "".join(",".join(f"{row}.{n}" for n in range(20)) + "\n" for row in range(1, 900))
    place = FactPlace("a.csv", "column_17_with_a_name", 700)
    async with previewing(content("a.csv", text), place=place) as (app, _):
        await eventually(lambda: marked(app, "csv-table--fact") == ["700.17"], "the cell")
        assert app.shows("the fact:") and app.shows("column_17_with_a_name[row 700]")
    async with previewing(content("a.csv", text), place=FactPlace("a.csv", "gone", 3)) as (app, _):
        assert app.shows("the fact is not on")


def test_the_row_of_a_fact_counts_data_only() -> None:
    text = "# made by a profiler\nname,ms,x\n,ms,s\na,1,2\n# aside,,\nb,3,4\n"
    data = read_csv(text)
    row, column = spot_of(data, "ms", 2)
    assert row is not None and column is not None and data.rows[row][column] == "3"
    assert spot_of(read_csv("ms,ms,j\n1,2,3\n"), "ms (2)", 1) == (0, 1)
    assert spot_of(read_csv("1,2\n3,4\n"), "column 2", 2) == (1, 1)
    assert spot_of(read_csv("a,b\n1,2\n"), "b.p95_ms", 1) == (0, 1)
    assert spot_of(read_csv("a,b\n1,2\n"), "b", 0) == (None, 1)
    assert spot_of(read_csv("a,b\n1,2\n"), "b", 7) == (None, 1)
    assert spot_of(read_csv(""), "b", 1) == (None, None)


async def test_a_fact_in_a_json_is_opened_and_chosen() -> None:
    items = ", ".join(f'{{"a.b": {{"ttft_s": {n}.5}}}}' for n in range(2 * GROUP))
    place = FactPlace("a.json", f"results[{GROUP + 9}].a.b.ttft_s")
    async with previewing(content("a.json", f'{{"results": [{items}]}}'), place=place) as (app, _):
        tree = app.screen.query_one(JsonTree)
        await eventually(lambda: tree.cursor_node is not None and tree.cursor_node is not tree.root, "the value")
        assert tree.cursor_node is not None and tree.cursor_node.data is not None
        assert (tree.cursor_node.data.name, tree.cursor_node.data.value) == ("ttft_s", f"{GROUP + 9}.5")
        await eventually(lambda: app.shows(f"{GROUP + 9}.5"), "the value on the screen")


def test_the_way_to_a_json_path_ends_where_the_file_has_no_more() -> None:
    value = read_json('{"a": {"b": [1, {"c]": 2}]}, "a.b": 3, "k[0]": [5]}')
    assert steps_of(value, "a.b") == ["a.b"]
    assert steps_of(value, "a.b[1].c]") == ["a.b"], "the longer name wins"
    assert steps_of(value, "k[0][0]") == ["k[0]", "[0]"]
    assert steps_of(read_json('{"a": {"b": [1, {"c": 2}]}}'), "a.b[1].c") == ["a", "b", "[1]", "c"]
    assert steps_of(read_json("[[1]]"), "[0][0].x") == ["[0]", "[0]"]
    for path in ("[0]", "a.b[9]", "a.b[?]", "a.x", "[", "a..b", "\x1b"):
        assert len(steps_of(read_json('{"a": {"b": [1]}}'), path)) <= 2


async def test_a_fact_in_markdown_is_scrolled_to_and_marked() -> None:
    text = "# Title\r\n\r\n" + "".join(f"- **item {n}** is {n * 3} ms\r\n" for n in range(200))
    async with previewing(content("a.md", text), place=FactPlace("a.md", "Title › ms", 153)) as (app, _):
        await eventually(lambda: app.shows("• item 150 is 450 ms"), "the line")
        assert "is 450 ms" in " ".join(marked(app, "file-markdown--fact"))
        assert "is 447 ms" not in " ".join(marked(app, "file-markdown--fact"))
    async with previewing(content("a.md", "one line"), place=FactPlace("a.md", "x", 99)) as (app, _):
        assert app.shows("one line")


async def test_a_fact_in_json_lines_is_a_line_of_the_text() -> None:
    text = "".join(f'{{"ttft_s": {n}.5}}\n' for n in range(300))
    async with previewing(content("a.json", text), place=FactPlace("a.json", "[150].ttft_s")) as (app, _):
        await eventually(lambda: any("150.5" in text for text in marked(app, "file-text--marked")), "the line")
        assert app.shows("JSON Lines, shown as text")
