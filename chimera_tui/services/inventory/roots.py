"""The directories that are watched, and the two-way map between their files and wire paths."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field

from chimera_tui.domain.errors import FileNotReadable, ReportsUnreadable
from chimera_tui.domain.inventory import OWN_OUTPUT
from chimera_tui.domain.limits import DEFAULTS, Limits
from chimera_tui.domain.names import from_wire, printable, to_wire


@dataclass(frozen=True, slots=True)
class Roots:
    """Directories without links in their paths, none inside another, each with its label."""

    paths: tuple[str, ...]
    """Absolute file-system names (surrogateescape), in the order given."""
    labels: tuple[str, ...]
    """Wire form; first component of every wire path below that root."""
    notes: tuple[str, ...] = ()
    """What a person should know, e.g. that a directory was named twice."""
    limits: Limits = DEFAULTS
    """How much of a file is read."""
    links_out: bool = False
    """Whether files behind links that lead out are read as if they lay inside."""
    own_output: str = field(init=False)
    """Wire path of our own reports folder."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "own_output", f"{self.labels[0]}/{OWN_OUTPUT}")

    def to_frame(self) -> tuple[tuple[bytes, ...], tuple[str, ...], tuple[int, ...], bool]:
        """As it travels to a child process; names that are not UTF-8 included."""
        return tuple(map(os.fsencode, self.paths)), self.labels, astuple(self.limits), self.links_out

    @classmethod
    def from_frame(
        cls, paths: Sequence[bytes], labels: Sequence[str], limits: Sequence[int], links_out: bool
    ) -> Roots:
        known = tuple(map(os.fsdecode, paths))
        return cls(known, tuple(labels), limits=Limits(*limits), links_out=links_out)

    def wire(self, raw: str) -> str | None:
        """The wire path of an absolute file-system name, or None outside the roots."""
        for path, label in zip(self.paths, self.labels, strict=True):
            if raw == path:
                return label
            prefix = path if path.endswith("/") else path + "/"
            if raw.startswith(prefix):
                return f"{label}/{to_wire(raw[len(prefix) :])}"
        return None

    def absolute(self, wire: str) -> str:
        """The file-system name behind a wire path; nothing is opened.

        Raises FileNotReadable when the path names no root or tries to leave it.
        """
        label, _, rest = wire.partition("/")
        parts = from_wire(rest).split("/") if rest else []
        if label not in self.labels or any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise FileNotReadable(
                f"{printable(wire)} is no file of this inventory",
                where=printable(wire),
                next_=f"Paths begin with {' or '.join(map(printable, self.labels))}/ and stay below it.",
            )
        return "/".join((self.paths[self.labels.index(label)].rstrip("/"), *parts)) or "/"

    def contain(self, real: str) -> bool:
        """Whether a path without links lies in one of the roots, or may lie anywhere."""
        return self.links_out or any(
            real == path or real.startswith(path.rstrip("/") + "/") for path in self.paths
        )

    def is_own_output(self, wire: str) -> bool:
        """Whether a wire path lies below our own reports folder."""
        return wire.startswith(self.own_output) and wire[len(self.own_output) :][:1] in ("", "/")


def resolve_roots(
    directories: Sequence[str | os.PathLike[str]], limits: Limits = DEFAULTS, *, links_out: bool = False
) -> Roots:
    """Check and label the given directories. Raises ReportsUnreadable naming the first that can not be used."""
    if not directories:
        raise ReportsUnreadable("no reports directory was given", next_="Name one: chimera reports/")
    # Path.resolve would follow links and lose the name that was typed, which is the label
    given = [os.path.abspath(os.fspath(directory)) for directory in directories]  # noqa: PTH100
    reals = [_checked(path) for path in given]
    notes: list[str] = []
    kept: list[int] = []
    for index, real in enumerate(reals):
        outer = _holder(index, reals)
        if outer is None:
            kept.append(index)
        else:
            how = "is the same as" if reals[outer] == real else "lies in"
            names = printable(to_wire(given[index])), printable(to_wire(given[outer]))
            notes.append(f"{names[0]} {how} {names[1]}: shown once")
    labels = _labels([given[index] for index in kept])
    return Roots(tuple(reals[index] for index in kept), labels, tuple(notes), limits, links_out)


def _checked(path: str) -> str:
    shown = printable(to_wire(path))
    try:
        real = os.path.realpath(path, strict=True)
        with os.scandir(real) as entries:
            next(entries, None)
    except FileNotFoundError as error:
        raise ReportsUnreadable(
            f"{shown} does not exist", where=shown, next_="Create it, or name another directory."
        ) from error
    except NotADirectoryError as error:
        raise ReportsUnreadable(
            f"{shown} is not a directory", where=shown, next_="Name the directory that holds it."
        ) from error
    except PermissionError as error:
        raise ReportsUnreadable(
            f"{shown} can not be read: permission denied", where=shown, next_=f"Try: chmod u+rx {shown}"
        ) from error
    except (OSError, ValueError) as error:
        reason = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
        raise ReportsUnreadable(
            f"{shown} can not be read: {reason}", where=shown, next_="Check the path and its file system."
        ) from error
    return real


def _holder(index: int, reals: Sequence[str]) -> int | None:
    """The root that holds this one: an outer directory, or the same one given earlier."""
    own = reals[index]
    for other, real in enumerate(reals):
        if (real == own and other < index) or (own != real and own.startswith(real.rstrip("/") + "/")):
            return other
    return None


def _labels(paths: Sequence[str]) -> tuple[str, ...]:
    labels: list[str] = []
    for path in paths:
        name = to_wire(os.path.basename(path)) or "root"  # noqa: PTH119  # a file-system name, not a Path
        label, number = name, 2
        while label in labels:
            label, number = f"{name}-{number}", number + 1
        labels.append(label)
    return tuple(labels)
