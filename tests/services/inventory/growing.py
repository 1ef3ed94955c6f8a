"""A file that grows, with somebody who looks at it."""

from __future__ import annotations

from pathlib import Path

from chimera_tui.domain.rows import Growth, rows_kind
from chimera_tui.services.inventory.growth_follow import Follower


class Followed:
    """A file with somebody who looks at it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        kind = rows_kind(path.name)
        assert kind is not None
        self.follower = Follower(path.name, kind)

    def append(self, text: str | bytes) -> Growth:
        with self.path.open("ab") as file:
            file.write(text.encode() if isinstance(text, str) else text)
        return self.look()

    def write(self, text: str | bytes) -> Growth:
        self.path.write_bytes(text.encode() if isinstance(text, str) else text)
        return self.look()

    def look(self) -> Growth:
        self.follower.look(str(self.path))
        return self.tell()

    def tell(self, *columns: str) -> Growth:
        return self.follower.tell(columns, 20_000, "row", 0)

    def values(self, column: str) -> list[float]:
        return [value for _, value in self.tell(column).series[0].points]
