"""What held for a whole agent or a whole run: layers outside the GPU, a slowed clock, other programs."""

from __future__ import annotations

from collections.abc import Iterator

from chimera_tui.analysis.causes_evidence import AgentEvidence
from chimera_tui.analysis.causes_text import names
from chimera_tui.domain.flags import Cause, Flag
from chimera_tui.domain.formatting import percent
from chimera_tui.domain.telemetry import TelemetrySummary

WHOLE_SHARE = 0.999
"""A measured share beyond it is everything: sizes are rounded."""


def offloaded_partly(agent: AgentEvidence, telemetry: TelemetrySummary | None) -> Flag | None:
    """Part of the model is in VRAM and part is not; says nothing where no GPU is known."""
    offload = agent.offload
    if offload is None:
        return None
    share = offload.measured_share
    has_gpu = bool(offload.size_vram_bytes) or bool(telemetry and telemetry.gpus)
    layers, every = offload.layers_in_effect, offload.layers_all
    fewer = layers is not None and every is not None and layers < every
    if not has_gpu or (share is not None and share >= WHOLE_SHARE) or (share is None and not fewer):
        return None
    parts = [f"{layers} of {every} layers on the GPU"] if fewer else []
    if share is not None:
        parts.append(f"{percent(share)} of the model in VRAM")
    return Flag(Cause.PARTIAL_OFFLOAD, ", ".join(parts), agent.agent)


def seen_on_gpus(telemetry: TelemetrySummary | None) -> Iterator[Flag]:
    """Per GPU: why its clock was slowed, and who else used it."""
    for gpu in telemetry.gpus if telemetry else ():
        if gpu.throttle:
            clock = gpu.sm_clock_mhz
            speed = f"; its clock was {clock.mean:.0f} MHz on average, {clock.max:.0f} at most" if clock else ""
            yield Flag(Cause.THROTTLED, f"GPU {gpu.index} was slowed: {names(gpu.throttle)}{speed}")
    for gpu in telemetry.gpus if telemetry else ():
        if gpu.other_processes:
            yield Flag(Cause.OTHER_GPU_PROCESS, f"GPU {gpu.index} was shared with {names(gpu.other_processes)}")
