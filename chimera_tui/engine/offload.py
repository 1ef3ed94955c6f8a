"""What `/api/ps` says of an agent's model, beside what the agent's settings ask for."""

from __future__ import annotations

from collections.abc import Sequence

from chimera_tui.domain.metrics import Offload
from chimera_tui.domain.options import AgentSettings
from chimera_tui.engine.load_memory import find_loaded
from chimera_tui.engine.ports import LoadedModel


def measured(settings: AgentSettings, block_count: int | None, loaded: Sequence[LoadedModel] | None) -> Offload:
    """Without sizes while the model is not among the `loaded`, or nobody tells what is."""
    entry = find_loaded(loaded, settings.model)
    return Offload(
        requested=settings.options.num_gpu,
        block_count=block_count,
        size_bytes=entry.size_bytes if entry else None,
        size_vram_bytes=entry.size_vram_bytes if entry else None,
        context_length=entry.context_length if entry else None,
    )
