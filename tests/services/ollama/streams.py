"""Runs a stream through the real client and keeps what it gave."""

from __future__ import annotations

from dataclasses import dataclass, field

from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.options import AgentSettings, Options
from chimera_tui.domain.run_events import Chunk
from chimera_tui.engine.ports import Arrived, Finished, ModelRequest, Sent, StreamItem
from chimera_tui.services.ollama.client import OllamaServer


@dataclass
class Collected:
    items: list[StreamItem] = field(default_factory=list)
    error: ChimeraError | None = None

    @property
    def sent_ns(self) -> int:
        (sent,) = (item for item in self.items if isinstance(item, Sent))
        return sent.at_ns

    @property
    def batches(self) -> list[tuple[Chunk, ...]]:
        return [item.chunks for item in self.items if isinstance(item, Arrived)]

    @property
    def chunks(self) -> list[Chunk]:
        return [chunk for batch in self.batches for chunk in batch]

    @property
    def text(self) -> str:
        return "".join(chunk.text for chunk in self.chunks if not chunk.thinking)

    @property
    def thinking(self) -> str:
        return "".join(chunk.text for chunk in self.chunks if chunk.thinking)

    @property
    def finished(self) -> Finished | None:
        last = self.items[-1] if self.items else None
        return last if isinstance(last, Finished) else None


def request(
    url: str, *, api: str = "chat", model: str = "mid", prompt: str = "Report.", **more: object
) -> ModelRequest:
    options = Options(num_ctx=512, num_gpu=80)
    return ModelRequest(AgentSettings(model, url, options, api, **more), "You are terse.", prompt)  # type: ignore[arg-type]


async def collect(asked: ModelRequest) -> Collected:
    """Read a stream to its end; an error is kept, not raised."""
    server, collected = OllamaServer(), Collected()
    try:
        async with server.stream(asked) as items:
            async for item in items:
                collected.items.append(item)
    except ChimeraError as error:
        collected.error = error
    finally:
        await server.aclose()
    return collected
