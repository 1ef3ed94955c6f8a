from __future__ import annotations

import math

import pytest

from chimera_tui.domain.rows import MOST_COLUMNS
from chimera_tui.services.inventory.growth_columns import Batch
from chimera_tui.services.inventory.growth_csv import CsvRows


def fed(*pieces: str) -> tuple[CsvRows, list[Batch]]:
    rows = CsvRows()
    return rows, [batch for piece in pieces if (batch := rows.feed(piece)) is not None]


def values(batches: list[Batch], name: str) -> list[float | None]:
    """NaN as None, which is equal to itself."""
    found: list[float | None] = []
    for batch in batches:
        numbers = batch.numbers.get(name)
        cells = numbers.values if numbers is not None else [math.nan] * batch.count
        found += [None if math.isnan(value) else value for value in cells]
    return found


def test_header_delimiter_and_units_of_the_first_piece_hold_for_the_others() -> None:
    _, batches = fed(
        "model;ttft_ms;rate\n", ";ms;tok/s\n", "gemma3;12,5;41\n", "gemma3;1.012,5;42\ngemma3;13;43\n"
    )
    assert values(batches, "ttft_ms") == [12.5, 1012.5, 13.0]
    assert values(batches, "rate") == [41.0, 42.0, 43.0]
    assert batches[0].numbers["rate"].unit == "tok/s"


def test_a_file_without_a_header_has_numbered_columns() -> None:
    _, batches = fed("1,2\n", "3,4\n")
    assert values(batches, "column 1") == [1.0, 3.0] and values(batches, "column 2") == [2.0, 4.0]


def test_comments_and_repeated_headers_inside_are_no_rows() -> None:
    rows, batches = fed(
        'NAME,NS\n# Model: tiny | "quant: 8\nprefill,10\n', '# Model: "mid", 5\nNAME,NS\nprefill,20\n\n'
    )
    assert values(batches, "NS") == [10.0, 20.0]
    assert rows.repeated_headers == 1


def test_a_column_that_is_called_by_a_number_sign_is_no_comment() -> None:
    _, batches = fed("#,ms\n1,5\n")
    assert values(batches, "#") == [1.0] and values(batches, "ms") == [5.0]


def test_a_quoted_cell_goes_over_lines_also_when_it_comes_in_pieces() -> None:
    rows, batches = fed('text,ms\n"one\n', "# two\n")
    assert batches == [] and rows.is_open
    assert (batch := rows.feed('three ""quoted""",7\nplain,8\n')) is not None
    assert values([batch], "ms") == [7.0, 8.0] and not rows.is_open


def test_a_quote_inside_a_cell_opens_nothing() -> None:
    rows, batches = fed('disk,ms\n5" disk,7\n3" disk,8\n')
    assert values(batches, "ms") == [7.0, 8.0] and not rows.is_open


def test_a_quote_that_is_never_closed_costs_its_line_and_not_the_file() -> None:
    rows, batches = fed('text,ms\nfine,1\n"stray,2\n' + "fine,3\n" * 50_000)
    assert batches[0].count == 50_001 and rows.stray_quotes == 1
    assert values(batches, "ms")[:2] == [1.0, 3.0]


def test_cells_that_are_no_numbers_leave_gaps_and_are_counted() -> None:
    _, batches = fed("rate\n41\nfailed\nNaN\n\n-inf\n1_000\n1e400\n42\n")
    assert values(batches, "rate") == [41.0, None, None, None, None, None, 42.0]
    assert batches[0].numbers["rate"].others == 5


def test_numbers_with_another_unit_are_none_of_a_column() -> None:
    _, batches = fed("x,latency\na,12 ms\nb,13 ms\n", "c,2 s\nd,14\n")
    assert values(batches, "latency") == [12.0, 13.0, None, 14.0]
    assert batches[0].numbers["latency"].unit == "ms"


def test_ragged_rows_are_kept_as_far_as_they_go() -> None:
    rows, batches = fed("a,b\n1\n1,2,3\n")
    assert values(batches, "a") == [1.0, 1.0] and values(batches, "b") == [None, 2.0]
    assert rows.ragged == 2


def test_of_ten_thousand_columns_those_with_a_unit_are_kept() -> None:
    names = [f"c{index}" for index in range(9_999)]
    rows, batches = fed(",".join([*names, "ttft_ms"]) + "\n" + ",".join(["1"] * 10_000) + "\n")
    assert len(batches[0].numbers) == MOST_COLUMNS
    assert "ttft_ms" in batches[0].numbers and "c0" in batches[0].numbers
    assert rows.columns_left_out == 10_000 - MOST_COLUMNS


def test_a_time_is_told_apart_from_numbers() -> None:
    _, batches = fed("timestamp,started,tokens\n1763146443,2025-11-14T18:54:03Z,1763146443\n")
    assert batches[0].times == {"timestamp": [1_763_146_443 * 10**9], "started": [1_763_146_443 * 10**9]}
    assert list(batches[0].numbers) == ["tokens"]


def test_the_head_of_a_file_gives_the_header_for_its_end() -> None:
    rows = CsvRows()
    rows.begin("a,b_ms\n1,2\n3,")
    assert (batch := rows.feed("5,6\n")) is not None
    assert values([batch], "b_ms") == [6.0]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_other_ends_of_lines_than_those_of_files_stay_in_their_cell(end: str) -> None:
    _, batches = fed(f"text,ms{end}a\x85b\u2028c\x0cd,1{end}")
    assert values(batches, "ms") == [1.0]
