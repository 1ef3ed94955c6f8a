"""From stamps to figures: errors against the server's own times, paired differences, and the verdict on each."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

LIMIT_P99_MS = 0.1
"""Token time stamps at 2×200 tok/s."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as its client saw it, beside what its server says. Monotonic clock, ns."""

    sent_ns: int
    chunks_ns: tuple[int, ...]
    """The client's time of each token."""
    sends_ns: tuple[tuple[int, int], ...]
    """The server's: just before and just after it gave each token to the kernel."""
    eval_tokens: int
    eval_ns: int

    def __post_init__(self) -> None:
        if len(self.chunks_ns) != len(self.sends_ns) or len(self.chunks_ns) < 2:
            raise ValueError(f"{len(self.chunks_ns)} tokens came and {len(self.sends_ns)} were sent")

    @property
    def errors_ms(self) -> list[float]:
        """The client's stamp less the moment just before the send; what the send itself costs is in it."""
        return [(at - sent) / 1e6 for at, (sent, _) in zip(self.chunks_ns, self.sends_ns, strict=True)]

    @property
    def outside_ms(self) -> list[float]:
        """How far each stamp lies outside the send: beyond doubt no work of the server's."""
        return [
            max(before - at, at - after, 0) / 1e6
            for at, (before, after) in zip(self.chunks_ns, self.sends_ns, strict=True)
        ]

    @property
    def shared(self) -> int:
        """Tokens that bear the time of the next one, since the client read both at once."""
        return sum(at == following for at, following in pairwise(self.chunks_ns))

    @property
    def ttft_ms(self) -> float:
        return (self.chunks_ns[0] - self.sent_ns) / 1e6

    @property
    def decode_rate(self) -> float:
        """Tokens/s as the program shows it: by the server's counters."""
        return (self.eval_tokens - 1) / self.eval_ns * 1e9

    @property
    def arrival_rate(self) -> float:
        """Chunks/s by the client's stamps."""
        return (len(self.chunks_ns) - 1) / (self.chunks_ns[-1] - self.chunks_ns[0]) * 1e9


@dataclass(frozen=True, slots=True)
class Pair:
    """The same requests in both conditions."""

    bare: tuple[Request, ...]
    busy: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean of paired differences, busy less bare, with its bootstrap 95 % interval."""

    mean: float
    low: float
    high: float

    @property
    def holds_zero(self) -> bool:
        return self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True)
class Errors:
    """Distances of stamps from the truth, by their size; ms."""

    tokens: int
    p50_ms: float
    p99_ms: float
    max_ms: float
    first_max_ms: float
    """Of first tokens only: the error of TTFT."""
    outside_p99_ms: float
    """p99 of the part that can not have been the server's own send."""
    shared: int
    """Tokens that bear the time of the next one."""
    send_p99_ms: float
    """p99 of how long the server's send took, told for comparison."""


@dataclass(frozen=True, slots=True)
class Target:
    name: str
    met: bool
    said: str


def percentile(values: Sequence[float], share: float) -> float:
    """Linear between the nearest ranks; NaN of nothing."""
    ranked = sorted(values)
    if not ranked:
        return math.nan
    at = share * (len(ranked) - 1)
    low = math.floor(at)
    high = math.ceil(at)
    return ranked[low] + (ranked[high] - ranked[low]) * (at - low)


def errors_of(requests: Sequence[Request]) -> Errors:
    sizes = [abs(error) for request in requests for error in request.errors_ms]
    sends = [(after - before) / 1e6 for request in requests for before, after in request.sends_ns]
    return Errors(
        tokens=len(sizes),
        p50_ms=percentile(sizes, 0.5),
        p99_ms=percentile(sizes, 0.99),
        max_ms=max(sizes),
        first_max_ms=max(abs(request.errors_ms[0]) for request in requests),
        outside_p99_ms=percentile([size for request in requests for size in request.outside_ms], 0.99),
        shared=sum(request.shared for request in requests),
        send_p99_ms=percentile(sends, 0.99),
    )


def paired(pairs: Sequence[Pair], figure: str, *, relative: bool = False, seed: int = 0) -> Interval:
    """The mean difference of a property of `Request`, each pair's requests averaged; in % of bare if relative."""
    differences = []
    for pair in pairs:
        bare = statistics.fmean(getattr(request, figure) for request in pair.bare)
        busy = statistics.fmean(getattr(request, figure) for request in pair.busy)
        differences.append((busy - bare) / bare * 100 if relative else busy - bare)
    return bootstrap(differences, seed)


def bootstrap(differences: Sequence[float], seed: int = 0) -> Interval:
    """The 95 % interval of the mean. Of fewer than two, or of equal differences, a point."""
    mean = statistics.fmean(differences)
    if len(differences) < 2 or min(differences) == max(differences):
        return Interval(mean, mean, mean)
    import numpy
    from scipy import stats

    found = stats.bootstrap(
        (numpy.asarray(differences),),
        numpy.mean,
        n_resamples=9999,
        method="BCa",
        rng=numpy.random.default_rng(seed),
    ).confidence_interval
    return Interval(mean, float(found.low), float(found.high))


def targets(busy: Errors, rate: Interval, ttft: Interval) -> list[Target]:
    """What was promised, and whether it held."""
    return [
        Target(
            f"stamp error p99 ≤ {LIMIT_P99_MS} ms",
            busy.p99_ms <= LIMIT_P99_MS,
            f"stamp error p99 {busy.p99_ms:.3f} ms",
        ),
        Target("0 inside the interval of decode rate", rate.holds_zero, f"decode rate {rate.mean:+.3f} %"),
        Target("0 inside the interval of TTFT", ttft.holds_zero, f"TTFT {ttft.mean:+.3f} ms"),
    ]


def document(value: Any) -> Any:
    """A record as JSON, rounded to what means something."""
    rounded = {name: round(item, 5) if isinstance(item, float) else item for name, item in asdict(value).items()}
    return rounded | ({"holds_zero": value.holds_zero} if isinstance(value, Interval) else {})
