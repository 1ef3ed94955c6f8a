"""How often outliers and drift are told of pure chance: `python -m benchmarks.false_alarms [SAMPLES]`."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable

import numpy as np

from chimera_tui.analysis.drift import drift_of
from chimera_tui.analysis.outliers import outliers_of

SEED = 20_251_113
SIZES = range(3, 21)
Noise = Callable[[np.random.Generator, int], "np.ndarray[tuple[int, ...], np.dtype[np.float64]]"]

NOISES: dict[str, Noise] = {
    "normal, cv 0.5 %": lambda random, n: 100 + 0.5 * random.standard_normal(n),
    "normal, cv 10 %": lambda random, n: 100 + 10 * random.standard_normal(n),
    "log-normal, σ 0.3": lambda random, n: np.exp(0.3 * random.standard_normal(n)),
}
"""A decode rate that is steady, a TTFT that is not, and one whose long waits are far longer."""


def alarms(noise: Noise, n: int, samples: int) -> tuple[float, float]:
    """Share of samples of `n` runs without drift or outlier in which an outlier is told, and a drift."""
    random = np.random.default_rng([SEED, n])
    outliers = drifts = 0
    for _ in range(samples):
        values = [float(value) for value in noise(random, n)]
        outliers += bool(outliers_of(values))
        drift = drift_of(range(n), values, statistics.median(values))
        drifts += drift.direction in ("rising", "falling")
    return outliers / samples, drifts / samples


def main() -> None:
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| n |" + "".join(f" {name}: outlier | drift |" for name in NOISES))
    print("|---|" + "---|---|" * len(NOISES))
    for n in SIZES:
        found = [alarms(noise, n, samples) for noise in NOISES.values()]
        print(f"| {n} |" + "".join(f" {100 * a:.2f} % | {100 * b:.2f} % |" for a, b in found), flush=True)


if __name__ == "__main__":
    main()
