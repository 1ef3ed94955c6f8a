"""The result of the fidelity bench in words, and what kind of machine it was had on."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from typing import Any


def machine() -> dict[str, object]:
    """What kind of machine this is; no name of it."""
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "python": platform.python_version(),
        "niceness": os.getpriority(os.PRIO_PROCESS, 0),
    }


def told(result: dict[str, Any]) -> str:
    """The result for a person; the last line is the verdict."""
    busy, bare = result["stamp_error_busy"], result["stamp_error_bare"]
    about = result["machine"]
    lines = [
        f"{result['pairs']} pairs at 2×{result['rate_per_agent']} tok/s, {result['files']:,} files, "
        f"{about['cores']} cores, load average {result['load_average']['before']} before, "
        f"{result['load_average']['highest']} at most",
        "",
        f"{'ms':<44}{'whole program':>14}{'bare client':>14}",
    ]
    rows = {
        "token stamp less the server's send, p50": "p50_ms",
        "  p99": "p99_ms",
        "  max": "max_ms",
        "  p99 of what lies outside the send": "outside_p99_ms",
        "TTFT error, max": "first_max_ms",
        "the server's own send, p99": "send_p99_ms",
    }
    lines += [f"{name:<44}{busy[key]:>14.3f}{bare[key]:>14.3f}" for name, key in rows.items()]
    lines.append(f"{'tokens that were read together with the next':<44}{busy['shared']:>14}{bare['shared']:>14}")
    lines += ["", "whole program less bare client, mean and 95 % interval"]
    decode, ttft = f"{result['decode_rate_bare']} tok/s", f"{result['ttft_bare_ms']} ms"
    for name, key, unit in (
        (f"decode rate (bare: {decode})", "difference_decode_rate_percent", "%"),
        ("rate by arrivals", "difference_arrival_rate_percent", "%"),
        (f"TTFT (bare: {ttft})", "difference_ttft_ms", "ms"),
    ):
        found = result[key]
        lines.append(f"{name:<44}{found['mean']:+.4f} {unit}  [{found['low']:+.4f}, {found['high']:+.4f}]")
    shares = result["cpu_percent_of_a_core"]
    each = " · ".join(f"{role} {share} %" for role, share in shares.items())
    lines += ["", f"CPU while streaming, of one core: {each} · in all {sum(shares.values()):.1f} %"]
    lines += [f"screen: {result['screen_kb_per_s']} kB/s", ""]
    lines += [f"{'met   ' if target['met'] else 'MISSED'} {target['name']}" for target in result["targets"]]
    return "\n".join([*lines, verdict(result["targets"])])


def verdict(targets: Sequence[dict[str, Any]]) -> str:
    """One sentence."""
    missed = [target["said"] for target in targets if not target["met"]]
    worst = f"missed: {'; '.join(missed)}" if missed else f"the closest: {targets[0]['said']}"
    return f"{len(targets) - len(missed)} of {len(targets)} targets met; {worst}."
