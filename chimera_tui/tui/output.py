"""What goes to the terminal: no more than it takes, and only the rows that differ."""

from __future__ import annotations

from collections.abc import Iterator

from textual.geometry import Region


def sent_bytes(driver: object) -> int | None:
    """What a driver of ours has written so far; None for any other."""
    count = getattr(driver, "sent_bytes", None)
    return count if isinstance(count, int) else None


def output_is_behind(driver: object) -> bool:
    """Whether the terminal has not taken yet what was written before.

    Looks into Textual's writer thread, which has no public face; a driver without one is never behind.
    """
    queue = getattr(getattr(driver, "_writer_thread", None), "_queue", None)
    return queue is not None and not queue.empty()


def regions(rows: list[int], width: int) -> Iterator[Region]:
    """Runs of neighbouring rows."""
    start = previous = -2
    for row in rows:
        if row != previous + 1:
            if start >= 0:
                yield Region(0, start, width, previous - start + 1)
            start = row
        previous = row
    if start >= 0:
        yield Region(0, start, width, previous - start + 1)
