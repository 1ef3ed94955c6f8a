"""What is known of the way to the terminal."""

from __future__ import annotations

from textual.drivers.headless_driver import HeadlessDriver

from chimera_tui.tui.output import counting, sent_bytes


class Written(HeadlessDriver):
    """Keeps what it was given to write."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def write(self, data: str) -> None:
        self.texts.append(data)


def test_what_is_written_is_counted_as_bytes_and_goes_on_unchanged() -> None:
    driver = counting(Written)()  # type: ignore[call-arg]  # needs no application
    assert sent_bytes(driver) == 0
    for text in ("abc", "⚑", "\udc80"):
        driver.write(text)
    assert sent_bytes(driver) == 7
    assert driver.texts == ["abc", "⚑", "\udc80"]  # type: ignore[attr-defined]


def test_a_driver_that_does_not_count_has_sent_nobody_knows_what() -> None:
    assert sent_bytes(Written()) is None
    assert sent_bytes(None) is None
