"""llama-bench's results as CSV, SQL and Markdown: the same rows without the samples, every value a text.

SQL is read line by line and never executed. Markdown is rounded, and names neither file nor hidden settings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from chimera_tui.domain.measurement import Aggregate, Measurement, Place, Reading, Source, Subject
from chimera_tui.formats.llama_bench import (
    MEAN_OF_RATES,
    NO_SPREAD,
    TOOL,
    excluded,
    figure_of,
    name_of_test,
    quantisation_of,
    row_measurements,
)
from chimera_tui.formats.result_text import Fields, Notes, csv_rows, lines_of, number_of, shown

BARE_HEADER = "there is a header and no test: that is what a failed run leaves"
_INSERT = re.compile(r"\s*INSERT\s+INTO\s+\w+\s*\((?P<names>[^)]*)\)\s*VALUES\s*\(", re.IGNORECASE)
_CLOSES = re.compile(r"'\s*(,\s*'|\)\s*;?\s*\Z)")
"""What a quote must be followed by to end a value: names of models may hold quotes that nobody doubled."""
_BUILD = re.compile(r"build:\s*(?P<commit>\S+)\s*\((?P<number>\d+)\)")
_TEST = re.compile(r"(?:pp(?P<prompt>\d+))?\+?(?:tg(?P<generated>\d+))?(?:\s*@\s*d(?P<depth>\d+))?\Z")
_OWN_COLUMNS = frozenset({"model", "test", "t/s"})


def read_llama_bench_csv(text: str, where: str = "") -> Reading:
    """A header and one test on each row."""
    notes, found = Notes(), list[Measurement]()
    rows = csv_rows(text, Place(where), notes)
    _, names = next(rows, (0, []))
    tests = 0
    for line, cells in rows:
        tests += 1
        place = Place(where, line)
        if len(cells) != len(names):
            notes.lost(f"this row has {len(cells)} values for {len(names)} columns", place)
        else:
            found += row_measurements(Fields(dict(zip(names, cells, strict=True)), place, notes), "csv")
    if not tests:
        notes.lost(BARE_HEADER, Place(where, 1))
    return notes.reading(found, Place(where))


def read_llama_bench_sql(text: str, where: str = "") -> Reading:
    """One test in each INSERT."""
    notes, found = Notes(), list[Measurement]()
    inserts = 0
    for number, line in lines_of(text):
        match = _INSERT.match(line)
        if match is None:
            continue
        inserts += 1
        place = Place(where, number)
        names = [name.strip().strip('"`') for name in match["names"].split(",")]
        values = _quoted(line[match.end() :])
        if values is None or len(values) != len(names):
            count = "no closed list of" if values is None else str(len(values))
            notes.lost(f"this INSERT has {count} values for {len(names)} columns", place)
        else:
            found += row_measurements(Fields(dict(zip(names, values, strict=True)), place, notes), "sql")
    if not inserts:
        notes.lost("there is no INSERT: that is what a failed run leaves", Place(where))
    return notes.reading(found, Place(where))


def read_llama_bench_md(text: str, where: str = "") -> Reading:
    """The table that llama-bench prints unless told otherwise."""
    notes, found = Notes(), list[Measurement]()
    match = _BUILD.search(text)
    version = "" if match is None else match["commit"] if match["number"] == "0" else f"{match[1]} ({match[2]})"
    names: list[str] = []
    for number, line in lines_of(text):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        place = Place(where, number)
        if not line.lstrip().startswith("|") or set("".join(cells)) <= set("-: "):
            continue
        if {"model", "test", "t/s"} <= set(cells):
            names = cells
        elif len(cells) != len(names):
            notes.lost(f"this row has {len(cells)} cells for {len(names)} columns", place)
        else:
            found += _md_row(dict(zip(names, cells, strict=True)), version, place, notes)
    if not found:
        notes.lost(BARE_HEADER, Place(where))
    _tell_twins(found, notes)
    return notes.reading(found, Place(where))


def _md_row(cells: dict[str, str], version: str, place: Place, notes: Notes) -> Iterator[Measurement]:
    match = _TEST.match(cells["test"])
    if match is None or not (match["prompt"] or match["generated"]):
        notes.lost(f"{shown(cells['test'])} is no test that is known here", place)
        return
    prompt, generated, depth = (int(match[name] or 0) for name in ("prompt", "generated", "depth"))
    mean_text, _, deviation_text = cells["t/s"].partition("±")
    mean, deviation = number_of(mean_text), number_of(deviation_text)
    if mean is None or mean <= 0:
        notes.lost(f"{shown(cells['t/s'])} is no rate", place)
        return
    if deviation == 0:
        notes.empty(f"± 0.00: {NO_SPREAD}", place)
        deviation = None
    figure, definition = figure_of(prompt, generated)
    yield Measurement(
        figure=figure,
        name="t/s",
        unit="tok/s",
        definition=f"{definition}; {MEAN_OF_RATES}, rounded to two decimals",
        source=Source(TOOL, "md", version),
        subject=Subject(
            model=cells["model"],
            quantisation=quantisation_of(cells["model"]),
            settings=tuple((name, cell) for name, cell in cells.items() if name not in _OWN_COLUMNS and cell),
        ),
        place=place,
        test=name_of_test(prompt, generated, depth),
        aggregate=Aggregate(mean=mean, sd=deviation, sd_kind="sample"),
        excluded=excluded(depth),
    )


def _tell_twins(found: list[Measurement], notes: Notes) -> None:
    """Rows that the table does not tell apart: a CPU build leaves out `ngl`, whatever it was."""
    first: dict[tuple[Subject, str], Measurement] = {}
    for each in found:
        twin = first.setdefault((each.subject, each.test), each)
        if twin is not each:
            notes.told(
                f"it says the same test of the same settings as line {twin.place.line}: what differs, e.g. ngl on "
                "a CPU build, is not in this table; JSON has it",
                each.place,
            )


def _quoted(text: str) -> list[str] | None:
    """The values of `'a', 'it''s', '');`; None when the list is not closed."""
    values: list[str] = []
    position = text.find("'")
    while position >= 0:
        value, position = _value(text, position + 1)
        if value is None:
            return None
        values.append(value)
        if text[position : position + 1] != "'":
            return values
    return None


def _value(text: str, start: int) -> tuple[str | None, int]:
    """A value and where the next one's quote stands, or the end of the list."""
    parts: list[str] = []
    position = start
    while True:
        quote = text.find("'", position)
        if quote < 0:
            return None, len(text)
        parts.append(text[position:quote])
        closing = _CLOSES.match(text, quote)
        if closing is not None:
            is_last = closing[1].startswith(")")
            return "".join(parts), closing.end() if is_last else closing.end() - 1
        doubled = text[quote + 1 : quote + 2] == "'"
        parts.append("'")
        position = quote + (2 if doubled else 1)
