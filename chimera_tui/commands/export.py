"""`chimera export`: our own runs in formats that other tools read."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from chimera_tui.commands.attach import begin_daemon
from chimera_tui.commands.compare import read_history
from chimera_tui.commands.compare_groups import History, needs_history, resolve
from chimera_tui.commands.console import say
from chimera_tui.commands.demo import roots_of
from chimera_tui.commands.flags import add_demo, add_settings
from chimera_tui.domain.comparison_text import runs_text
from chimera_tui.domain.errors import BadUse, SaveFailed
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunSummary
from chimera_tui.formats.export_benchstat import to_benchstat
from chimera_tui.formats.export_llama_bench import to_llama_bench
from chimera_tui.formats.export_requests import to_csv, to_json_lines, to_markdown


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write runs."""

    write: Callable[[Sequence[RunSummary]], str]
    is_samples: bool
    """Whether its readers take every line as a sample of one thing: then only runs that may be compared go in."""


FORMATS = {
    "llama-bench": Format(to_llama_bench, is_samples=True),
    "benchstat": Format(to_benchstat, is_samples=True),
    "jsonl": Format(to_json_lines, is_samples=False),
    "csv": Format(to_csv, is_samples=False),
    "md": Format(to_markdown, is_samples=False),
}


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("format", metavar="FORMAT", choices=FORMATS, help=", ".join(FORMATS))
    parser.add_argument(
        "names",
        metavar="NAME",
        nargs="*",
        help="runs, series or campaigns by id, `last` (the default), or saved metrics.json files",
    )
    parser.add_argument("--dir", metavar="DIR", help="reports directory of the runs; default: this one")
    parser.add_argument("--out", metavar="FILE", type=Path, help="write to a file; default: standard output")
    parser.add_argument("--overwrite", action="store_true", help="replace the file if it is there")
    parser.add_argument(
        "--include-flagged",
        action="store_true",
        help="of llama-bench and benchstat: let runs count as well that something disturbed",
    )
    add_demo(parser)
    add_settings(parser)


def run(arguments: Namespace) -> int:
    if arguments.out is not None and not arguments.overwrite and os.path.lexists(arguments.out):
        raise BadUse(f"there is already a file {arguments.out}", next_="Give another name, or --overwrite.")
    names = arguments.names or ["last"]
    history = None
    if any(map(needs_history, names)):
        directories = [arguments.dir] if arguments.dir else []
        history = asyncio.run(read_history(begin_daemon(roots_of(directories, demo=arguments.demo), arguments)))
    named = _unique(run for name in names for run in _runs(name, history))
    form = FORMATS[arguments.format]
    kept = [run for run in named if run.state is not RunState.RUNNING]
    if form.is_samples:
        kept = [run for run in kept if _counts(run, include_flagged=arguments.include_flagged)]
    if len(kept) < len(named):
        _tell_left_out(named, kept, form)
    requests = sum(len(outcome.requests) for each in kept for outcome in each.agents)
    if not requests:
        say("nothing was written: no request of these runs counts")
        return 1
    text = form.write(kept)
    if arguments.out is None:
        sys.stdout.write(text)
    else:
        _save(arguments.out, text)
        say(f"wrote {requests} requests of {runs_text(len(kept))} to {arguments.out}")
    return 0


def _runs(name: str, history: History | None) -> tuple[RunSummary, ...]:
    """All runs of a series or a campaign, else what `chimera compare` finds by the name."""
    members = [run for run in history.runs if name in _groups_of(run)] if history is not None else []
    if members:
        return tuple(members)
    found = resolve(name, history)
    return (*found.runs, *found.solo)


def _groups_of(run: RunSummary) -> tuple[str, ...]:
    series = () if run.series is None else (run.series.series_id,)
    return series if run.campaign is None else (*series, run.campaign.campaign_id)


def _counts(run: RunSummary, *, include_flagged: bool) -> bool:
    """As in comparisons: measured, finished, and undisturbed unless asked for."""
    roles = {place.role for place in (run.series, run.campaign) if place is not None}
    if roles - {"measured"} or run.state is not RunState.DONE:
        return False
    return include_flagged or run.is_clean is True


def _tell_left_out(named: Sequence[RunSummary], kept: Sequence[RunSummary], form: Format) -> None:
    ids = {run.run_id for run in kept}
    left = [run.run_id for run in named if run.run_id not in ids]
    why = "warm-ups, solo runs, unfinished and disturbed ones; --include-flagged counts the last"
    say(f"left out: {', '.join(left)} ({why if form.is_samples else 'it still goes on'})")


def _unique(runs: Iterable[RunSummary]) -> list[RunSummary]:
    """Each once, oldest first."""
    known = {run.run_id: run for run in runs}
    return sorted(known.values(), key=lambda run: run.started_utc)


def _save(path: Path, text: str) -> None:
    """Whole or not at all. SaveFailed."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=f".{path.name[:40]}-", encoding="utf-8", newline="", delete=False
        ) as file:
            part = Path(file.name)
            try:
                file.write(text)
                file.flush()
                part.chmod(0o666 & ~_umask())
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise SaveFailed(
            f"can not write it: {error.strerror or error}", where=str(path), next_="Give another --out FILE."
        ) from error


def _umask() -> int:
    """Of this process, which can only be asked by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
