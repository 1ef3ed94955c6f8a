"""What goes to the terminal: no more than it takes, and only the rows that differ."""

from __future__ import annotations

from collections.abc import Iterator

from textual.driver import Driver
from textual.geometry import Region


def counting(kind: type[Driver]) -> type[Driver]:
    """The driver, but it knows how many bytes it was given to write, and comes back from SIGSTOP as well."""

    class Counting(kind):  # type: ignore[misc, valid-type]  # which driver it is depends on the system
        sent_bytes = 0
        is_suspended = False

        def suspend_application_mode(self) -> None:
            self.is_suspended = True
            super().suspend_application_mode()

        def resume_application_mode(self) -> None:
            """Nobody sees SIGSTOP coming: the first reader of keys would stay beside the second, and never end."""
            if not self.is_suspended:
                self.suspend_application_mode()
            self.is_suspended = False
            super().resume_application_mode()

        def write(self, data: str) -> None:
            self.sent_bytes += len(data) if data.isascii() else len(data.encode(errors="replace"))
            super().write(data)

    return Counting


def sent_bytes(driver: object) -> int | None:
    """What a counting driver has written so far; None for any other."""
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
