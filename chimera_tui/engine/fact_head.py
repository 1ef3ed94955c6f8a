"""The first part of a fact sheet: the inventory in all, ready to be copied, and what is best over all files.

Models fail where they have to compute: shares, sums, which file is best. So these are told, each with its unit and
in one place; and the counts as a table, since a model that copies a table does not invent one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chimera_tui.domain.formatting import utc_second
from chimera_tui.domain.inventory import FileEntry, KindTotal, totals_of
from chimera_tui.domain.names import FileKind
from chimera_tui.engine.fact_best import best_lines
from chimera_tui.engine.fact_pages import length, name_of
from chimera_tui.engine.ports import Corpus

KINDS = (FileKind.CSV, FileKind.JSON, FileKind.MD)


@dataclass(frozen=True, slots=True)
class _Detail:
    """How much the first part tells; the first is taken that keeps to its share of the budget."""

    folders: int | None
    """How many folders are listed with their counts; 0 tells their number alone, None nothing of them."""
    problems: int
    best: int
    """How many files stand in each list of the best."""
    table: bool
    """Counts as a table with sizes and stamps, else in one line."""
    share: float = 0.5
    """The rest is for the numbers of each file. The two best numbers are worth more than any others."""


_DETAILS = (
    _Detail(12, 10, 5, table=True),
    _Detail(6, 4, 3, table=True),
    _Detail(3, 2, 2, table=True),
    _Detail(0, 0, 1, table=False, share=1.0),
    _Detail(None, 0, 1, table=False, share=1.0),
    _Detail(0, 0, 0, table=False),
)


def first_part(corpus: Corpus, budget: int) -> list[str]:
    """Lines that leave room for other numbers in `budget` characters, or the shortest form when none does."""
    lines: list[str] = []
    for detail in _DETAILS:
        lines = _told(corpus, detail)
        if length(lines) <= budget * detail.share:
            break
    return lines


def _told(corpus: Corpus, detail: _Detail) -> list[str]:
    counts, best = _counts(corpus.files, detail), best_lines(corpus.facts, detail.best)
    if detail.folders is None:
        return [*counts, *best]
    return [
        f"Roots: {', '.join(name_of(root) for root in corpus.roots)}",
        *counts,
        *_folder_lines(corpus.files, detail.folders),
        *_problem_lines(corpus, detail.problems),
        *best,
    ]


# ---- counts ----------------------------------------------------------------------------------------------


def _counts(files: Sequence[FileEntry], detail: _Detail) -> Iterator[str]:
    totals = totals_of(files)
    all_ = totals.benchmark
    kinds = [(kind, totals.by_kind[kind]) for kind in KINDS]
    if not detail.table:
        counted = ", ".join(f"{total.count} {kind.value} = {_share(total, all_)}" for kind, total in kinds)
        yield f"Files: {all_.count} ({counted}), {all_.size_bytes:,} bytes"
        if all_.latest_mtime_ns is not None:
            yield f"Latest modified: {_latest(all_)}"
        return
    counted = ", ".join(f"{total.count} {kind.value}" for kind, total in kinds)
    yield f"Files: {all_.count} ({counted}), {all_.size_bytes:,} bytes"
    yield "| Type | Files | Share of files | Size | Latest modified |"
    yield "|---|---|---|---|---|"
    for name, total in [*((kind.value, total) for kind, total in kinds), ("all", all_)]:
        yield (
            f"| {name} | {total.count} | {_share(total, all_)} | {total.size_bytes:,} bytes | {_latest(total)} |"
        )


def _share(part: KindTotal, all_: KindTotal) -> str:
    return f"{100 * part.count / all_.count:.1f} %" if all_.count else "0 %"


def _latest(total: KindTotal) -> str:
    return stamp(total.latest_mtime_ns) if total.latest_mtime_ns is not None else "not reported"


def stamp(mtime_ns: int) -> str:
    """A file's time to the second, UTC."""
    second = utc_second(mtime_ns)
    return f"{second} UTC" if second else "at an impossible time"


# ---- folders and problems --------------------------------------------------------------------------------


def _folder_lines(files: Sequence[FileEntry], most: int) -> Iterator[str]:
    counts: dict[str, Counter[FileKind]] = defaultdict(Counter)
    for entry in files:
        counts[entry.folder][entry.kind] += 1
    largest = sorted(counts, key=lambda folder: (-counts[folder].total(), folder))[:most]
    rest = len(counts) - len(largest)
    if not most:
        yield f"Folders: {len(counts)}"
        return
    yield f"Folders ({len(counts)}):"
    for folder in sorted(largest):
        each = ", ".join(f"{counts[folder][kind]} {kind.value}" for kind in KINDS if counts[folder][kind])
        yield f"- {name_of(folder)}: {each}"
    if rest:
        left = len(files) - sum(counts[folder].total() for folder in largest)
        yield f"- and {rest} more folders with {left} files"


def _problem_lines(corpus: Corpus, most: int) -> Iterator[str]:
    broken = [(facts.path, facts.problem) for facts in corpus.facts if facts.problem]
    if not broken:
        return
    if not most:
        yield f"Files that could not be read whole: {len(broken)}"
        return
    yield f"Files that could not be read whole ({len(broken)}):"
    for path, problem in broken[:most]:
        yield f"- {name_of(path)}: {name_of(problem)}"
    if len(broken) > most:
        yield f"- and {len(broken) - most} more"
