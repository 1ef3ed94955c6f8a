"""Units as people and programs write them, in lower case, and our spelling of each."""

from __future__ import annotations

SPELLINGS = {
    "%": "%",
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "ms": "ms", "msec": "ms", "millisecond": "ms", "milliseconds": "ms",
    "us": "µs", "µs": "µs", "μs": "µs", "microseconds": "µs",
    "ns": "ns", "nanoseconds": "ns",
    "min": "min", "mins": "min", "minutes": "min", "h": "h", "hours": "h",
    "tok/s": "tok/s", "tokens/s": "tok/s", "token/s": "tok/s", "tps": "tok/s", "t/s": "tok/s",
    "tokens/sec": "tok/s", "tokens/second": "tok/s", "tok/sec": "tok/s",
    "b": "B", "byte": "B", "bytes": "B", "kb": "kB", "mb": "MB", "gb": "GB", "tb": "TB",
    "kib": "KiB", "mib": "MiB", "gib": "GiB",
    "mb/s": "MB/s", "gb/s": "GB/s",
    "w": "W", "watts": "W", "°c": "°C",
    "hz": "Hz", "mhz": "MHz", "ghz": "GHz",
    "x": "×", "×": "×",
    "token": "tok", "tokens": "tok",
}  # fmt: skip
"""Those that mean the same in a cell and in a sentence; what only one can mean stands where that is read."""

TIME_UNITS_S = {"s": 1.0, "ms": 1e-3, "µs": 1e-6, "ns": 1e-9}
"""Seconds in one of each unit that waits are measured in."""
