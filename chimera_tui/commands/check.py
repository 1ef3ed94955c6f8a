"""`chimera check`: every number of a report against the files that it is about."""

from __future__ import annotations

import itertools
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from chimera_tui.commands.console import print_json, say
from chimera_tui.commands.flags import add_json, resolved
from chimera_tui.commands.text_files import text_of, text_of_input
from chimera_tui.domain.errors import BadUse
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.names import FileKind, to_wire
from chimera_tui.services.inventory.once import read_corpus_numbers, scan_once
from chimera_tui.services.inventory.roots import Roots

CONTRADICTED = 3
"""Exit code when the files say otherwise of a number."""
INPUT = "-"
_HEAD = 4096
_SOME_NOISE, _MOST_NOISE = 32, 0.1
"""So many of its first characters, and such a share of them, may be noise: a report may be damaged."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("report", metavar="REPORT.md", help="any Markdown report; - reads standard input")
    parser.add_argument(
        "--reports",
        metavar="DIR",
        nargs="+",
        default=[],
        help="directories of the files that the report is about; default: this one",
    )
    parser.add_argument("--all", action="store_true", help="list supported numbers as well")
    add_json(parser)


def run(arguments: Namespace) -> int:
    """0 when nothing is contradicted, else 3."""
    from chimera_tui.commands.check_output import print_check, report_document
    from chimera_tui.commands.check_report import check_report

    text = _text(arguments.report)
    roots = resolved(arguments.reports)
    for note in roots.notes:
        say(note)
    state, _ = scan_once(roots, read=False)
    for path in _own_copies(text, list(state.benchmark_files()), roots):
        state.remove(path)
        say(f"{path} is the report itself: no witness of what it says")
    files = list(state.benchmark_files())
    if not files:
        raise BadUse(
            f"there is no csv, json or md file in {', '.join(map(to_wire, roots.paths))}",
            next_="Name the directories that the report is about: chimera check REPORT.md --reports DIR",
        )
    numbers = read_corpus_numbers(state, roots)
    _tell_problems([f"{each.path}: {each.problem}" for each in numbers if each.problem])
    found = check_report(text, files, numbers)
    name = to_wire(arguments.report)
    if arguments.json:
        print_json(report_document(name, found))
    else:
        print_check(name, found, with_supported=arguments.all)
    return CONTRADICTED if found.tally.contradicted else 0


def _text(name: str) -> str:
    """Raises BadUse for what is no text, FileNotReadable for what can not be read."""
    text = text_of_input() if name == INPUT else text_of(Path(name))
    head = text[:_HEAD]
    noise = sum(char == "\ufffd" or (char < " " and not char.isspace()) for char in head)
    if noise > max(_SOME_NOISE, _MOST_NOISE * len(head)):
        raise BadUse(
            f"{'standard input' if name == INPUT else to_wire(name)} is no text",
            next_="Give a report in Markdown, in UTF-8.",
        )
    return text.removeprefix("\ufeff")


def _own_copies(text: str, files: Sequence[FileEntry], roots: Roots) -> list[str]:
    """Paths of Markdown files that hold this very text: a report is no witness of itself."""
    raw = text.encode(errors="surrogatepass")
    return [
        entry.path
        for entry in files
        if entry.kind is FileKind.MD and entry.size_bytes == len(raw) and _holds(roots.absolute(entry.path), raw)
    ]


def _holds(path: str, raw: bytes) -> bool:
    try:
        return Path(path).read_bytes() == raw
    except OSError:
        return False


def _tell_problems(problems: Sequence[str]) -> None:
    for problem in itertools.islice(problems, 5):
        say(problem)
    if len(problems) > 5:
        say(f"{len(problems) - 5} more files could not be read whole")
