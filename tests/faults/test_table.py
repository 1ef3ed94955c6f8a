"""The table of faults is whole, and what it names is there."""

from __future__ import annotations

from tests.faults.table import FAULTS, Cell, cells, exists, markdown


def test_every_test_that_a_cell_names_exists() -> None:
    assert [one.test for one in cells() if not exists(one)] == []


def test_a_cell_of_a_test_that_is_gone_is_found() -> None:
    assert not exists(Cell("a", "b", "c", "tests/faults/test_table.py::test_of_old"))
    assert not exists(Cell("a", "b", "c", "tests/faults/test_gone.py::test_of_old"))


def test_every_fault_is_tried() -> None:
    tried = {one.fault for one in cells()}
    assert [fault for fault in FAULTS if fault not in tried] == []


def test_no_cell_stands_twice() -> None:
    found = [(one.fault, one.moment, one.test) for one in cells()]
    assert len(found) == len(set(found))


def test_the_table_tells_how_often_a_test_was_tried() -> None:
    one = Cell("server dies", "while it writes", "the text stays", "tests/faults/test_x.py::test_y")
    lines = list(markdown([one], {one.test: {"tried": 12, "failed": 0}}))
    assert lines[2] == "| server dies | while it writes | the text stays | 12 | 0 | `faults/test_x.py::test_y` |"
