"""`chimera config`: every setting, its value, and where it came from."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from chimera_tui.commands.console import print_json, print_table
from chimera_tui.commands.flags import add_directories, add_json, add_settings, existing_directories, read_settings
from chimera_tui.settings import Settings
from chimera_tui.settings.keys import all_names, suggestion, variable_of


def add_arguments(parser: ArgumentParser) -> None:
    add_directories(parser)
    add_json(parser)
    add_settings(parser)


def run(arguments: Namespace) -> int:
    settings = read_settings(arguments, existing_directories(arguments.directories))
    if arguments.json:
        print_json(_document(settings))
    else:
        _print(settings)
    return 0


def _document(settings: Settings) -> dict[str, object]:
    return {
        "file": str(settings.file) if settings.file else None,
        "settings": {
            name: {"value": settings.value(name), "source": origin.source, "place": origin.place}
            for name, origin in settings.origins.items()
        },
        "passed_over": list(settings.passed_over),
        "unknown_variables": list(settings.unknown_variables),
    }


def _print(settings: Settings) -> None:
    print(f"settings file: {settings.file or 'none found'}")
    for each in settings.passed_over:
        print(f"  {each}")
    print()
    rows = [("setting", "value", "from")]
    rows += [(name, _shown(name, settings.value(name)), str(origin)) for name, origin in settings.origins.items()]
    print_table(rows)
    known = [variable_of(name) for name in all_names()]
    for variable in settings.unknown_variables:
        near = suggestion(variable, known)
        print(f"\n{variable} means nothing here." + (f" {near}" if near.startswith("Did") else ""))


def _shown(name: str, value: object) -> str:
    if value is None:
        return "server's default" if name.startswith("agents.") else "none"
    return str(value).lower() if isinstance(value, bool) else str(value)
