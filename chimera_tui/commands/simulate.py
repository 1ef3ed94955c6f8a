"""`chimera simulate`: a server that speaks Ollama's API without a model."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from chimera_tui.simulator import options


def add_arguments(parser: ArgumentParser) -> None:
    options.add_arguments(parser)


def run(arguments: Namespace) -> int:
    from chimera_tui.simulator.__main__ import simulate  # asyncio and all; `--help` needs none of it

    return simulate(options.from_arguments(arguments))
