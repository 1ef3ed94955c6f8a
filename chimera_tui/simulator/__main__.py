"""`python -m chimera_tui.simulator`: serve until told to end."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.simulator.fine_loop import new_fine_loop
from chimera_tui.simulator.options import SimulatorOptions, add_arguments, from_arguments
from chimera_tui.simulator.server import run


def main(argv: Sequence[str] | None = None) -> int:
    """Parse flags and serve; the exit status."""
    parser = argparse.ArgumentParser(
        prog="chimera simulate", description="Serve Ollama's HTTP API without Ollama and without a GPU."
    )
    add_arguments(parser)
    return simulate(from_arguments(parser.parse_args(argv)))


def simulate(options: SimulatorOptions) -> int:
    """Serve with these options; the exit status."""
    try:
        with asyncio.Runner(loop_factory=new_fine_loop) as runner:
            runner.run(run(options))
    except ChimeraError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
