"""The reports directory of a demo: a copy of the samples that may be written, since installed ones may not."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from chimera_tui import __version__, resources
from chimera_tui.client.places import Places
from chimera_tui.commands.flags import existing_directories
from chimera_tui.domain.errors import SaveFailed


def roots_of(directories: Sequence[str], *, demo: bool) -> tuple[Path, ...]:
    """The directories that were named; without any the sample reports in a demo, else the working directory.

    Raises BadUse for a directory that is none, SaveFailed when the samples can not be copied.
    """
    if demo and not directories:
        return (sample_reports(),)
    return existing_directories(directories)


def sample_reports() -> Path:
    """The user's own copy of the samples, made when it is not there.

    One for each version, beside the journals: it stays, so that a demo can be left and attached to again and
    the reports of its runs can still be opened. Raises SaveFailed.
    """
    samples = resources.folder("samples")
    parent = Places.of([samples]).state.parent / f"demo-{__version__}"
    copy = parent / "reports"
    if copy.is_dir():
        return copy
    try:
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=parent, prefix="copying-") as half:
            made = shutil.copytree(samples, Path(half) / "reports")
            _put_in_place(Path(made), copy)
    except OSError as error:
        raise SaveFailed(
            f"the sample reports can not be copied: {error.strerror or error}",
            where=str(copy),
            next_="Set CHIMERA_STATE_DIR to a folder that you may write, or name a directory: chimera --demo DIR",
        ) from error
    return copy


def _put_in_place(made: Path, copy: Path) -> None:
    """Rename, unless another start was quicker."""
    try:
        made.replace(copy)
    except OSError:
        if not copy.is_dir():
            raise
