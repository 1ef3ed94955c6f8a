"""`python -m tests.fuzz [--seconds N] [--seed N] [TARGET…]`: damaged inputs for so long; what fails is kept."""

from __future__ import annotations

import argparse
import hashlib
import random
import signal
import sys
import time
import traceback
from pathlib import Path

from tests.fuzz.mutations import mutated
from tests.fuzz.reached import Line, reached
from tests.fuzz.targets import TARGETS, Target

_MOST_KEPT_BYTES = 1_500
_SLOW_S = 10
"""Of the processor: an input of 60 kB that takes longer counts as a failure."""


def main() -> int:
    """0, or 1 when something failed; each input that did is in the corpus afterwards, and so in `make test`."""
    parser = argparse.ArgumentParser(prog="make fuzz")
    parser.add_argument("targets", metavar="TARGET", nargs="*", default=[], help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=300, help="of all targets together; default: 300")
    parser.add_argument("--grow", action="store_true", help="keep small inputs that reach lines no other reaches")
    parser.add_argument("--seed", type=int, default=None, help="for the same inputs again")
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(2**32) if arguments.seed is None else arguments.seed
    chosen = [TARGETS[name] for name in arguments.targets or TARGETS]
    print(f"seed {seed}, {arguments.seconds:g} s")
    signal.signal(signal.SIGPROF, _too_slow)
    work = grow if arguments.grow else fuzz
    failed = [work(target, seed, arguments.seconds / len(chosen)) for target in chosen]
    return 1 if any(failed) else 0


def fuzz(target: Target, seed: int, seconds: float) -> int:
    """How many kinds of failure there were; each is told and kept once."""
    chance = random.Random(f"{seed} {target.name}")
    inputs, tried, kinds = target.inputs(), 0, set[str]()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(chance.choice(inputs), inputs, chance)
        tried += 1
        signal.setitimer(signal.ITIMER_PROF, _SLOW_S)
        try:
            target.check(data)
        except Exception as error:  # noqa: BLE001 - that is what is looked for
            signal.setitimer(signal.ITIMER_PROF, 0)
            where = traceback.extract_tb(error.__traceback__)[-1]
            kind = f"{type(error).__name__} at {where.filename}:{where.lineno}"
            if kind not in kinds:
                kinds.add(kind)
                _keep(target, data, kind, error)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    print(f"{target.name}: {tried} inputs, {len(kinds)} kinds of failure")
    return len(kinds)


def grow(target: Target, seed: int, seconds: float) -> int:
    """Add to the corpus what reaches more of the program; 0, since failures are looked for by `fuzz`."""
    chance = random.Random(f"{seed} {target.name}")
    inputs, known, kept = target.inputs(), set[Line](), 0
    for data in inputs:
        known |= reached(target.check, data)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(chance.choice(inputs), inputs, chance)
        if len(data) > _MOST_KEPT_BYTES:
            continue
        new = reached(target.check, data) - known
        if new:
            known |= new
            inputs.append(data)
            _write(target, data)
            kept += 1
    print(f"{target.name}: {kept} more inputs are kept, {len(known)} lines are reached")
    return 0


def _keep(target: Target, data: bytes, kind: str, error: Exception) -> None:
    path = _write(target, data)
    print(f"{target.name}: {kind}: {str(error)[:200]!r}\n    kept as {path}")


def _write(target: Target, data: bytes) -> Path:
    target.folder.mkdir(parents=True, exist_ok=True)
    path = target.folder / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    return path


def _too_slow(number: int, frame: object) -> None:
    raise TimeoutError(f"took more than {_SLOW_S} s")


if __name__ == "__main__":
    sys.exit(main())
