"""The simulator's command line."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chimera_tui.simulator.faults import Fault, parse_fault
from chimera_tui.simulator.models import DEFAULT_MODELS
from chimera_tui.simulator.timing import GIB, Machine


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """Everything that can be chosen when the simulator starts."""

    host: str = "127.0.0.1"
    port: int = 11434
    """0 picks a free one."""
    token_rate: float | None = None
    cpu_rate: float | None = None
    prefill_rate: float | None = None
    load_s: float | None = None
    layers: int | None = None
    """Layers in all, the output included; None leaves each model its own."""
    vram_gib: float = 24.0
    num_parallel: int = 1
    max_queue: int = 512
    max_loaded: int = 3
    seed: int = 0
    jitter: float = 0.05
    """Spread of the gaps between tokens, as a share of the mean gap."""
    texts: int = 1
    """So many times does an answer hold its text, for panes that are to get full."""
    models: tuple[str, ...] = DEFAULT_MODELS
    invent: float = 0.0
    """Share of the numbers in a text that are wrong, 0…1; where it is above 0, one in each text at least."""
    faults: tuple[Fault, ...] = ()
    parent_pid: int | None = None
    exit_with_stdin: bool = False
    stamp_log: Path | None = None
    """Where to write when each token left."""

    def machine(self) -> Machine:
        return Machine(
            vram_bytes=int(self.vram_gib * GIB),
            num_parallel=self.num_parallel,
            token_rate=self.token_rate,
            cpu_rate=self.cpu_rate,
            prefill_rate=self.prefill_rate,
            load_s=self.load_s,
        )


def _at_least(kind: Callable[[str], float], low: float) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = kind(text)
        if not low <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} is not a number from {low:g}")
        return value

    return parse


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not a share from 0 to 1")
    return value


def _fault(text: str) -> Fault:
    try:
        return parse_fault(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the flags on a parser, also on that of `chimera simulate`."""
    default = SimulatorOptions()
    rate, whole = _at_least(float, 0.01), _at_least(int, 1)
    parser.add_argument("--host", default=default.host, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=_at_least(int, 0), default=default.port, help="0 picks a free one")
    parser.add_argument("--token-rate", type=rate, help="tokens/s with every layer on the GPU")
    parser.add_argument("--cpu-rate", type=rate, help="tokens/s with every layer on the CPU")
    parser.add_argument("--prefill-rate", type=rate, help="prompt tokens/s with every layer on the GPU")
    parser.add_argument("--load-s", type=_at_least(float, 0), help="seconds to load a model onto the GPU")
    parser.add_argument("--layers", type=_at_least(int, 2), help="layers of every model, the output included")
    parser.add_argument("--vram-gib", type=_at_least(float, 0), default=default.vram_gib, help="0 is CPU only")
    parser.add_argument("--num-parallel", type=whole, default=default.num_parallel, help="slots per model")
    parser.add_argument("--max-queue", type=whole, default=default.max_queue, help="requests that may wait")
    parser.add_argument("--max-loaded", type=whole, default=default.max_loaded, help="models loaded at once")
    parser.add_argument("--seed", type=int, default=default.seed, help="seed of texts and jitter")
    parser.add_argument("--jitter", type=_at_least(float, 0), default=default.jitter,
                        help="spread of the gaps between tokens, as a share of the mean gap")  # fmt: skip
    parser.add_argument("--texts", type=whole, default=default.texts, help="texts in an answer, one after another")
    parser.add_argument("--invent", type=_share, default=default.invent, metavar="SHARE",
                        help="share of the numbers in a text that are wrong, 0 to 1 (default: 0)")  # fmt: skip
    parser.add_argument("--models", nargs="+", default=default.models, metavar="NAME[:TAG]",
                        help="models to offer; an unknown one has the size in its tag, as phi4:14b")  # fmt: skip
    parser.add_argument("--fault", type=_fault, action="append", default=[], metavar="KIND[:AMOUNT][@N]",
                        help="make every generation request, or the Nth, go wrong (repeatable)")  # fmt: skip
    parser.add_argument("--stamp-log", type=Path, metavar="FILE", help="write when each token left, in binary")
    parser.add_argument("--parent-pid", type=whole, help="end when this process is gone")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input ends")


def from_arguments(arguments: argparse.Namespace) -> SimulatorOptions:
    """The options of parsed flags."""
    return SimulatorOptions(
        host=arguments.host,
        port=arguments.port,
        token_rate=arguments.token_rate,
        cpu_rate=arguments.cpu_rate,
        prefill_rate=arguments.prefill_rate,
        load_s=arguments.load_s,
        layers=arguments.layers,
        vram_gib=arguments.vram_gib,
        num_parallel=arguments.num_parallel,
        max_queue=arguments.max_queue,
        max_loaded=arguments.max_loaded,
        seed=arguments.seed,
        jitter=arguments.jitter,
        texts=arguments.texts,
        invent=arguments.invent,
        models=tuple(arguments.models),
        faults=tuple(arguments.fault),
        parent_pid=arguments.parent_pid,
        exit_with_stdin=arguments.exit_with_stdin,
        stamp_log=arguments.stamp_log,
    )
