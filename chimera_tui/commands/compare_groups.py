"""Which runs a word of the command line means: ids, beginnings of ids, series, saved files."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from chimera_tui.commands.text_files import is_file, is_folder, text_of
from chimera_tui.domain.errors import BadUse, FileNotReadable, RunNotFound
from chimera_tui.domain.runs import RunSummary
from chimera_tui.formats.metrics_json import read_run_document

NAME = "metrics.json"
RUNS_FOLDER = "chimera_runs"


@dataclass(frozen=True, slots=True)
class Group:
    """One side of a comparison."""

    runs: tuple[RunSummary, ...]
    solo: tuple[RunSummary, ...] = ()
    """Runs of one agent alone that belong to the same series."""


@dataclass(frozen=True, slots=True)
class History:
    """The runs of a directory, newest first."""

    runs: tuple[RunSummary, ...]

    def find(self, word: str) -> Group:
        """`last`, a series, or a run by the unique beginning of its id. RunNotFound."""
        if word == "last" and self.runs:
            return Group((self.runs[0],))
        series = [run for run in self.runs if run.series is not None and run.series.series_id == word]
        if series:
            return parted(series)
        found = [run for run in self.runs if word and run.run_id.startswith(word)]
        exact = [run for run in found if run.run_id == word]
        if len(exact or found) == 1:
            return Group(tuple(exact or found))
        if found:
            some = ", ".join(run.run_id for run in found[:5])
            raise RunNotFound(f"{len(found)} runs begin with {word!r}", next_=f"Give more of the id: {some}.")
        raise RunNotFound(
            f"there is no run or series {word!r}", next_="chimera runs lists the runs of a directory."
        )


def needs_history(word: str) -> bool:
    """Whether some part of the word is no path."""
    return any(not _is_path(part) for part in _parts(word))


def resolve(word: str, history: History | None) -> Group:
    """The runs that a word means, each once. BadUse, RunNotFound or FileNotReadable."""
    groups = [
        _saved(Path(part)) if _is_path(part) or history is None else history.find(part) for part in _parts(word)
    ]
    if not groups:
        raise BadUse("no run was named", next_="Give run ids, a series, or saved metrics.json files.")
    return Group(
        _unique(run for each in groups for run in each.runs), _unique(run for each in groups for run in each.solo)
    )


def parted(runs: Iterable[RunSummary]) -> Group:
    """The measured runs of a series, and those of one agent alone; warm-ups are neither."""
    known = list(runs)
    roles = {run.run_id: run.series.role if run.series is not None else "measured" for run in known}
    return Group(
        tuple(run for run in known if roles[run.run_id] == "measured"),
        tuple(run for run in known if roles[run.run_id] == "solo"),
    )


def _parts(word: str) -> list[str]:
    """A path that exists may hold commas."""
    return (
        [word] if _is_path(word) and "," in word and _exists(word) else [part for part in word.split(",") if part]
    )


def _is_path(word: str) -> bool:
    return os.sep in word or word.endswith(".json") or _exists(word)


def _exists(word: str) -> bool:
    return is_file(Path(word)) or is_folder(Path(word))


def _saved(path: Path) -> Group:
    """One metrics.json, the folder of one run, or a folder of such folders."""
    if not is_folder(path):
        return Group((_run(path),))
    if is_file(path / NAME):
        return Group((_run(path / NAME),))
    below = path / RUNS_FOLDER if is_folder(path / RUNS_FOLDER) else path
    files = sorted(below.glob(f"*/{NAME}"))
    if not files:
        raise FileNotReadable(
            f"there is no {NAME} in it or one folder below", where=str(path), next_=f"Give a {RUNS_FOLDER} folder."
        )
    return parted([_run(file) for file in files])


def _run(path: Path) -> RunSummary:
    return read_run_document(text_of(path), where=str(path))


def _unique(runs: Iterable[RunSummary]) -> tuple[RunSummary, ...]:
    return tuple({run.run_id: run for run in runs}.values())
