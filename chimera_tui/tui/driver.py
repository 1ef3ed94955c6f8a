"""Textual's driver of the terminal, with what the panes need to know of it."""

from __future__ import annotations

from time import monotonic

from textual import events
from textual.driver import Driver
from textual.message import Message

_ANSWERED_S = 0.02
"""So soon a key's effect is drawn when nothing else is done meanwhile."""
_REST_S = 0.01
"""After that text has its turn, however fast keys come: one that is held down does not stop it."""
_AWAITED = (events.Key, events.MouseDown, events.MouseScrollUp, events.MouseScrollDown)


def own_driver(kind: type[Driver]) -> type[Driver]:
    """The driver, but it counts what it writes, notes when a person acts, and comes back from SIGSTOP as well."""

    class Own(kind):  # type: ignore[misc, valid-type]  # which driver it is depends on the system
        sent_bytes = 0
        is_suspended = False
        acted_at = -1.0

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

        def send_message(self, message: Message) -> None:
            """In the thread that reads the terminal: what the event loop does just then can see it."""
            if isinstance(message, _AWAITED) and (now := monotonic()) - self.acted_at >= _ANSWERED_S + _REST_S:
                self.acted_at = now
            super().send_message(message)

    return Own


def is_answering(driver: object) -> bool:
    """Whether a person has acted and may not have seen yet what it did: text can wait, a key can not."""
    acted_at = getattr(driver, "acted_at", None)
    return acted_at is not None and monotonic() - acted_at < _ANSWERED_S
