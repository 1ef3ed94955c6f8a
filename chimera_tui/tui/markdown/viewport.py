"""Which lines a reader sees: following the tail in jumps, or standing still where the reader scrolled to."""

from __future__ import annotations


class Viewport:
    """`height` lines from `top` on, of `total`."""

    def __init__(self) -> None:
        self.top = 0
        self.height = 0
        self.total = 0
        self.following = True
        self.full_page = False
        """At the end of a text that grows no more there is no room to leave for what comes."""

    @property
    def last_top(self) -> int:
        """The first line of the last full page."""
        return max(0, self.total - self.height)

    @property
    def below(self) -> int:
        """Lines under the last visible one."""
        return max(0, self.total - self.top - self.height)

    def resize(self, height: int, total: int) -> None:
        """Who follows sees half a page scroll at once: a scroll repaints everything, so there should be few."""
        self.height, self.total = height, total
        if not self.following:
            self.top = max(0, min(self.top, total - 1))
        elif self.full_page:
            self.top = self.last_top
        elif total > self.top + height or (self.top and self.top >= total):
            self.top = self.last_top + height // 2 if self.last_top else 0

    def move(self, lines: int) -> bool:
        """Scroll; upwards ends following, if there is anywhere to go. Whether anything moved."""
        top = max(0, min(self.top + lines, max(self.top, self.last_top)))
        if top == self.top:
            return False
        self.top = top
        if lines < 0:
            self.following = False
        return True

    def go_to(self, top: int) -> None:
        """Stand with this line on top, near the end too; the text is followed no more."""
        self.following = False
        self.top = max(0, min(top, self.total - 1))

    def follow(self) -> None:
        """To the last full page, and along with the text from there."""
        self.following = True
        self.top = self.last_top

    @property
    def thumb(self) -> int | None:
        """The row that marks the position in the text; None when all of it is seen."""
        if not self.last_top:
            return None
        share = 1.0 if self.following else min(1.0, self.top / self.last_top)
        return round(share * (self.height - 1))
