"""One file's facts: opened so that nothing can block or mislead, read whole, handed to its kind's parser."""

from __future__ import annotations

import codecs
import errno
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chimera_tui.domain.inventory import FileEntry, FileFacts
from chimera_tui.domain.limits import DEFAULTS, Limits
from chimera_tui.domain.names import FileKind
from chimera_tui.services.inventory.facts_csv import Parts, read_csv
from chimera_tui.services.inventory.facts_json import read_json
from chimera_tui.services.inventory.facts_markdown import read_markdown
from chimera_tui.services.inventory.roots import Roots

_TRIES = 3
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
_PARSERS: Mapping[FileKind, Callable[[str, Limits], Parts]] = {
    FileKind.CSV: read_csv,
    FileKind.JSON: read_json,
    FileKind.MD: read_markdown,
}


def open_regular(path: str, roots: Roots | None = None) -> tuple[int, os.stat_result]:
    """A descriptor of a regular file inside the roots, never of a pipe, device or link. Raises OSError."""
    descriptor = os.open(path, _FLAGS)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        if roots is not None and not roots.contain(_where(descriptor, path)):
            raise OSError(errno.EXDEV, "leads out of the reports")
    except OSError:
        os.close(descriptor)
        raise
    return descriptor, status


def _where(descriptor: int, path: str) -> str:
    """Where the file lies that was opened: a folder on the way to it may have become a link a moment before."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 - read a thousand times a second
    except OSError:  # no such file system here
        return os.path.realpath(path)


def real_path(path: str, roots: Roots) -> str:
    """The file behind a link. Raises OSError when there is none or it lies outside the roots."""
    real = os.path.realpath(path, strict=True)
    if not roots.contain(real):
        raise OSError(errno.EXDEV, "leads out of the reports")
    return real


@dataclass(frozen=True, slots=True)
class SettledText:
    """A file's text with the size and time that it had, and what is wrong with it."""

    text: str | None
    """None when it is no text, or can not be read."""
    size_bytes: int
    mtime_ns: int
    problems: tuple[str, ...] = ()


def read_text(entry: FileEntry, raw_path: str, roots: Roots | None = None) -> SettledText:
    """Read and decode one file, its beginning if it is long; nothing is raised."""
    limits = DEFAULTS if roots is None else roots.limits
    try:
        data, status, settled = _read_settled(raw_path, limits.file_bytes, roots)
    except OSError as error:
        return SettledText(None, entry.size_bytes, entry.mtime_ns, (why_not_read(error),))
    cut = settled and len(data) < status.st_size
    text, problem = decoded(data, cut)
    problems = [problem] if problem else []
    if cut:
        what = f"only the first {limits.file_mib} MiB of {status.st_size:,} bytes were read (limits.file_mib)"
        problems = [what, *problems]
    if not settled:
        problems = ["kept changing while it was read", *problems]
    return SettledText(text, status.st_size, status.st_mtime_ns, tuple(problems))


def read_facts(entry: FileEntry, raw_path: str, roots: Roots | None = None) -> FileFacts:
    """Read and parse one csv, json or md file. What is wrong with it stands in `problem`; nothing is raised."""
    limits = DEFAULTS if roots is None else roots.limits
    file = read_text(entry, raw_path, roots)
    parts = Parts() if file.text is None else _PARSERS[entry.kind](file.text, limits)
    if len(parts.names) > limits.columns:
        what = f"{len(parts.names):,} columns: only the first {limits.columns:,} named (limits.columns)"
        parts.problems.append(what)
        parts.names = parts.names[: limits.columns]
    problem = "; ".join([*file.problems, *parts.problems])
    numbers = sum(field.count for field in parts.fields)
    return FileFacts(
        entry.path,
        entry.kind,
        file.size_bytes,
        file.mtime_ns,
        parts.rows,
        parts.names,
        parts.fields,
        numbers,
        problem,
        parts.best,
        parts.groups,
    )


def _read_settled(path: str, most: int, roots: Roots | None) -> tuple[bytes, os.stat_result, bool]:
    """The content with the size and mtime that it has; False when it never held still."""
    for _ in range(_TRIES):
        descriptor, before = open_regular(path, roots)
        try:
            data = _read_up_to(descriptor, min(before.st_size + 1, most))
            after = os.fstat(descriptor)
        finally:
            os.close(descriptor)
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            return data, after, True
    return data, after, False


def _read_up_to(descriptor: int, most: int) -> bytes:
    pieces: list[bytes] = []
    while most > 0 and (piece := os.read(descriptor, most)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def decoded(data: bytes, cut: bool) -> tuple[str | None, str]:
    """The text and what is wrong with it; None when it is no text. A line that is cut off is left out."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace"), ""
    if b"\0" in data[:8192]:
        return None, "binary content, not read"
    if cut:
        data = data[: data.rfind(b"\n") + 1]
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        return data.decode("utf-8-sig", "replace"), f"not UTF-8 at byte {error.start}"


def why_not_read(error: OSError) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "vanished before it was read"
    if error.errno == errno.ELOOP:
        return "became a link, not read"
    return f"can not be read: {(error.strerror or str(error)).lower()}"
