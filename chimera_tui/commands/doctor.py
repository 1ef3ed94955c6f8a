"""`chimera doctor`: is everything here that the program needs, and what to do where it is not."""

from __future__ import annotations

import asyncio
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from chimera_tui.client.places import Places
from chimera_tui.commands import checks
from chimera_tui.commands.checks import Finding
from chimera_tui.commands.console import print_json, print_table
from chimera_tui.commands.flags import add_directories, add_json, add_settings, existing_directories, read_settings
from chimera_tui.settings import Settings


def add_arguments(parser: ArgumentParser) -> None:
    add_directories(parser)
    add_json(parser)
    add_settings(parser)


def run(arguments: Namespace) -> int:
    roots = existing_directories(arguments.directories)
    findings = list(_examine(roots, read_settings(arguments, roots)))
    if arguments.json:
        print_json({"findings": [_document(finding) for finding in findings]})
    else:
        print_table([(finding.level, finding.name, _line(finding)) for finding in findings])
    return 1 if any(finding.level == "fail" for finding in findings) else 0


def _examine(roots: Sequence[Path], settings: Settings) -> Iterable[Finding]:
    places = Places.of(roots)
    yield checks.python()
    yield from checks.settings_file(settings)
    yield from checks.terminal(os.environ)
    key = list(checks.api_key(os.environ, [own.host for own in settings.agents.values()]))
    yield from key
    if not any(finding.level == "fail" for finding in key):
        yield from asyncio.run(_servers(settings))
    yield from checks.gpu()
    yield from map(checks.reports, roots)
    yield checks.inotify(sum(1 for root in roots for _ in os.walk(root)))
    yield checks.socket_folder(places)
    yield checks.journal_folder(places)


async def _servers(settings: Settings) -> Iterable[Finding]:
    """Every host that is configured, at the same time."""
    agents = settings.agents.items()
    hosts = dict.fromkeys(own.host for _, own in agents)
    answers = (checks.server(host, [(agent, own) for agent, own in agents if own.host == host]) for host in hosts)
    return chain.from_iterable(await asyncio.gather(*answers))


def _line(finding: Finding) -> str:
    return f"{finding.text}. {finding.next}" if finding.next else finding.text


def _document(finding: Finding) -> dict[str, str]:
    return {"name": finding.name, "level": finding.level, "text": finding.text, "next": finding.next}
