"""The least that a Textual program can be: one line of text, which the down key changes."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.widgets import Static


class Hello(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [("down", "count", ""), ("q", "quit", "")]

    def __init__(self) -> None:
        super().__init__()
        self._pressed = 0

    def compose(self) -> ComposeResult:
        yield Static("Hello, world! 0")

    def action_count(self) -> None:
        self._pressed += 1
        self.query_one(Static).update(f"Hello, world! {self._pressed}")


def main() -> int:
    Hello().run()
    return 0


if __name__ == "__main__":
    main()
