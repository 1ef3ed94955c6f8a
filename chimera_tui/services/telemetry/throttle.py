"""The words for NVML's reasons to run a GPU slower than it could."""

from __future__ import annotations

_REASONS = {
    0x004: "sw_power_cap",
    0x008: "hw_slowdown",
    0x010: "sync_boost",
    0x020: "sw_thermal",
    0x040: "hw_thermal",
    0x080: "hw_power_brake",
    0x100: "display_clock_setting",
    0x200: "board_limit",
    0x400: "reliability",
}
_NO_THROTTLING = 0x001 | 0x002
"""`gpu_idle` and `applications_clocks_setting`: nothing to do, and what its owner has asked for."""


def throttle_words(bits: int | None) -> tuple[str, ...]:
    """Lowest bit first; a bit that NVML invented since is spelled out, e.g. `reason_0x800`."""
    left = (bits or 0) & ~_NO_THROTTLING
    single = (1 << place for place in range(left.bit_length()))
    return tuple(_REASONS.get(bit, f"reason_{bit:#x}") for bit in single if left & bit)
