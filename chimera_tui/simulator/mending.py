"""A report that is asked to be mended: what the corrections name is put right, everything else stays."""

from __future__ import annotations

import re

_CORRECTIONS = re.compile(r"^=== corrections begin ===\n(.*?)^=== corrections end ===$", re.MULTILINE | re.DOTALL)
_REPORT = re.compile(r"^=== report begin ===\n(.*?)^=== report end ===$", re.MULTILINE | re.DOTALL)
_CORRECTION = re.compile(
    r'^- line (\d+): "(?P<around>.*)": (?P<wrong>\S.*?)(?: \([^()]*\))? is wrong, the files say (?P<truth>.+?)'
    r"(?: \[[^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*\])?$"
)
_VALUE = re.compile(
    r"(?:[A-Za-z ]{1,30}:? )?(?P<number>[+-]?\d+(?:[,.]\d+)*(?:[eE][+-]?\d+)?)(?![\d-])\s*(?P<unit>[^\s,;:]*)"
)
"""Of what the files say: `mean 34.1333 tok/s, of 3 values` is 34.1333 tok/s."""
_UNIT = re.compile(r"\s*(?:tok/s|tokens/s|ms|µs|ns|s|%|[kMGT]?i?B)\b|\s*%")


def mend(prompt: str) -> str | None:
    """The mended report of a prompt that asks for one, else None."""
    told, report = _CORRECTIONS.search(prompt), _REPORT.search(prompt)
    if told is None or report is None:
        return None
    lines = report[1].rstrip("\n").split("\n")
    edits: dict[int, dict[int, tuple[int, str]]] = {}
    for line in told[1].split("\n"):
        if correction := _CORRECTION.match(line):
            _note(edits, lines, correction["around"].strip("…"), correction["wrong"], correction["truth"])
    for index, changes in edits.items():
        for start, (end, right) in sorted(changes.items(), reverse=True):
            lines[index] = lines[index][:start] + right + lines[index][end:]
    return "\n".join(lines) + "\n"


def _note(
    edits: dict[int, dict[int, tuple[int, str]]], lines: list[str], around: str, wrong: str, truth: str
) -> None:
    """Note by line and start what one number becomes: the first where it is quoted that is not noted yet."""
    standing = re.compile(rf"(?<![\w.,]){re.escape(wrong)}(?![\w]|[.,]\d)")
    for index, line in enumerate(lines):
        start = line.find(around)
        if start < 0:
            continue
        for found in standing.finditer(line, start, start + len(around)):
            if found.start() not in edits.get(index, {}):
                edits.setdefault(index, {})[found.start()] = _right(line, found.end(), truth)
                return


def _right(line: str, end: int, truth: str) -> tuple[int, str]:
    """(end of what is replaced, what stands there then); a unit that follows gives way to the true one."""
    value = _VALUE.match(truth)
    if value is None:
        return end, truth
    unit = _UNIT.match(line, end)
    if unit is not None and value["unit"]:
        return unit.end(), f"{value['number']} {value['unit']}"
    return end, value["number"]
