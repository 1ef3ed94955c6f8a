"""Token batches joined into fewer, larger ones without changing what they tell."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_tui.domain.events import Event
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import Chunk, TokensArrived


def join_tokens(events: Iterable[Event]) -> list[tuple[int, Event]]:
    """Each agent's consecutive TokensArrived of one step as one event, with the position of its last part.

    The order of one agent's events is kept; tokens may move before events of the other agent, never across an
    event of the whole run.
    """
    slots: list[tuple[int, Event | list[TokensArrived]]] = []
    open_slots: dict[AgentId, int] = {}
    for position, event in enumerate(events):
        if isinstance(event, TokensArrived):
            slot = open_slots.get(event.agent)
            if slot is not None:
                parts = slots[slot][1]
                assert isinstance(parts, list)
                if (parts[0].run_id, parts[0].step) == (event.run_id, event.step):
                    parts.append(event)
                    slots[slot] = (position, parts)
                    continue
            open_slots[event.agent] = len(slots)
            slots.append((position, [event]))
            continue
        agent = getattr(event, "agent", None)
        if agent is None:
            open_slots.clear()
        else:
            open_slots.pop(agent, None)
        slots.append((position, event))
    return [(position, _joined(held) if isinstance(held, list) else held) for position, held in slots]


def _joined(parts: list[TokensArrived]) -> TokensArrived:
    if len(parts) == 1:
        return parts[0]
    chunks: list[Chunk] = []
    for part in parts:
        chunks.extend(part.chunks)
    return TokensArrived(parts[0].run_id, parts[0].agent, parts[0].step, tuple(chunks))
