"""`chimera inventory`: what lies in a directory, counted by type."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from chimera_tui.commands.console import print_json, say
from chimera_tui.commands.flags import add_directories, add_json, resolved
from chimera_tui.commands.totals import print_totals, totals_document
from chimera_tui.domain.names import printable, to_wire
from chimera_tui.services.inventory.once import scan_once


def add_arguments(parser: ArgumentParser) -> None:
    add_directories(parser)
    add_json(parser)


def run(arguments: Namespace) -> int:
    roots = resolved(arguments.directories)
    for note in roots.notes:
        say(note)
    state, _ = scan_once(roots, read=False)
    totals = state.totals()
    problems = [(path, entry.problem) for path, entry in sorted(state.entries.items()) if entry.problem]
    if arguments.json:
        print_json(
            {
                "roots": [to_wire(path) for path in roots.paths],
                **totals_document(totals),
                "problem_files": [{"path": path, "problem": problem} for path, problem in problems],
            }
        )
        return 0
    print_totals(totals)
    for path, problem in problems:
        print(printable(f"{path}: {problem}"))
    return 0
