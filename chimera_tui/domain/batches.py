"""Batches of tokens, and of checked numbers, joined into fewer, larger ones without changing what they tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chimera_tui.domain.events import Event
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import NumbersChecked, TokensArrived

_Batch = TokensArrived | NumbersChecked


def join_tokens(events: Iterable[Event]) -> list[tuple[int, Event]]:
    """Each agent's consecutive TokensArrived of one step as one event, with the position of its last part; its
    NumbersChecked likewise.

    The order of one agent's events is kept, but for what was checked of a text, which comes in turn with the text:
    more of the text may move before it, never behind. Tokens may move before events of the other agent, never
    across an event of the whole run.
    """
    slots: list[tuple[int, Event | list[_Batch]]] = []
    open_slots: dict[tuple[AgentId, type[_Batch]], int] = {}
    for position, event in enumerate(events):
        if isinstance(event, TokensArrived | NumbersChecked):
            key = (event.agent, type(event))
            slot = open_slots.get(key)
            if slot is not None and slot >= open_slots.get((event.agent, TokensArrived), slot):
                parts = slots[slot][1]
                assert isinstance(parts, list)
                if (parts[0].run_id, parts[0].step) == (event.run_id, event.step):
                    parts.append(event)
                    slots[slot] = (position, parts)
                    continue
            open_slots[key] = len(slots)
            slots.append((position, [event]))
            continue
        agent = getattr(event, "agent", None)
        if agent is None:
            open_slots.clear()
        else:
            open_slots.pop((agent, TokensArrived), None)
            open_slots.pop((agent, NumbersChecked), None)
        slots.append((position, event))
    return [(position, _joined(held) if isinstance(held, list) else held) for position, held in slots]


def _joined(parts: Sequence[_Batch]) -> Event:
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return first
    about = first.run_id, first.agent, first.step
    if isinstance(last, NumbersChecked):
        numbers = tuple(number for part in parts if isinstance(part, NumbersChecked) for number in part.numbers)
        return NumbersChecked(*about, last.lines, numbers)
    chunks = tuple(chunk for part in parts if isinstance(part, TokensArrived) for chunk in part.chunks)
    return TokensArrived(*about, chunks)
