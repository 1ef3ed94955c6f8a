"""`chimera campaign`: plan, run, resume, steer, show and report a campaign without the screen."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chimera_tui.commands.demo import roots_of
from chimera_tui.commands.flags import add_demo, add_json, add_settings, read_settings, working_directory
from chimera_tui.domain.errors import BadUse, FileNotReadable

if TYPE_CHECKING:
    from chimera_tui.client.api import DaemonClient

_VERBS = {
    "plan": "FILE          print its cells, what is merged, reloads and the time it will take",
    "run": "FILE          begin it and follow it to its end",
    "resume": "[NAME|FILE]   make exactly the runs that are missing; with a file, those of its cells",
    "list": "              all campaigns of the directory",
    "show": "[NAME]        how one stands, cell by cell",
    "pause": "[NAME]        after the run that goes on",
    "skip": "NAME CELL     leave a cell out",
    "want": "NAME CELL     take that back",
    "first": "NAME CELL     run a cell before all others",
    "add": "NAME CELL     more repeats of a cell, see --by",
    "baseline": "NAME      test later campaigns against this one; `none` for none",
    "report": "[NAME]        what it found, as Markdown, HTML, CSV and JSON",
}
_EPILOG = (
    "what to do:\n"
    + "\n".join(f"  {verb:<9}{words}" for verb, words in _VERBS.items())
    + "\n\nNAME is an id, its beginning, a campaign's name, or last. CELL is its number or id, as `show` tells it."
    "\nDIR is the reports directory; default: this one."
)


@dataclass(frozen=True, slots=True)
class Words:
    """What stands behind the verb."""

    name: str
    """Of a campaign; `last` when none was given."""
    file: Path | None
    cell: str
    directories: tuple[str, ...]


def add_arguments(parser: ArgumentParser) -> None:
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = _EPILOG
    parser.add_argument("what", choices=tuple(_VERBS), metavar="WHAT", help="see below")
    parser.add_argument("words", nargs="*", metavar="NAME|FILE|CELL|DIR")
    parser.add_argument("--detach", action="store_true", help="run, resume: do not follow it; the daemon goes on")
    parser.add_argument("--large", action="store_true", help="plan, run: also a matrix of more than 10,000 points")
    parser.add_argument(
        "--reuse", action="store_true", help="run: runs of the newest campaign with the same cells count"
    )
    parser.add_argument("--by", type=int, default=1, metavar="N", help="add: so many repeats, below 0 fewer")
    parser.add_argument("--out", type=Path, metavar="DIR", help="report: where to; default: beside the saved runs")
    add_demo(parser)
    add_json(parser)
    add_settings(parser)


def run(arguments: Namespace) -> int:
    words = read_words(arguments.what, arguments.words)
    roots = roots_of(words.directories, demo=arguments.demo)
    settings = read_settings(arguments, roots)
    return asyncio.run(_VERB[arguments.what](_Call(arguments, words, roots, settings)))


@dataclass(frozen=True, slots=True)
class _Call:
    """One command line."""

    arguments: Namespace
    words: Words
    roots: tuple[Path, ...]
    settings: Any

    async def client(self) -> DaemonClient:
        """Of the daemon of these directories, started when there is none, told what the flags say."""
        from chimera_tui.commands.attach import apply_flags, begin_daemon, reach

        client = await reach(begin_daemon(self.roots, self.arguments))
        await apply_flags(client, self.settings)
        return client

    def source(self) -> tuple[str, str]:
        """(text, absolute path) of the file that was named. Raises BadUse, FileNotReadable."""
        if self.words.file is None:
            raise BadUse("which file?", next_=f"Write: chimera campaign {self.arguments.what} FILE.")
        path = working_directory() / self.words.file
        try:
            return path.read_bytes().decode(), str(path)
        except OSError as error:
            raise FileNotReadable(
                f"the campaign file can not be read: {error.strerror}", where=str(path), next_="Check the path."
            ) from error
        except UnicodeDecodeError as error:
            raise FileNotReadable("the file is not UTF-8", where=str(path), next_="Save it as UTF-8.") from error


def read_words(verb: str, words: list[str]) -> Words:
    """A name or file, a cell where the verb takes one, then directories. Raises BadUse."""
    rest = list(words)
    name, cell, file = "last", "", None
    if verb in ("plan", "run"):
        if not rest:
            raise BadUse("which file?", next_=f"Write: chimera campaign {verb} FILE.")
        file = Path(rest.pop(0))
    elif verb in _OF_CELL:
        if len(rest) < 2:
            raise BadUse(
                "which campaign, and which of its cells?", next_=f"Write: chimera campaign {verb} NAME CELL."
            )
        name, cell = rest.pop(0), rest.pop(0)
    elif verb != "list" and rest and not Path(rest[0]).is_dir():
        name = rest.pop(0)
        if Path(name).is_file() or name.endswith(".toml"):
            file, name = Path(name), ""
    return Words(name, file, cell, tuple(rest))


async def _plan(call: _Call) -> int:
    from chimera_tui.commands.campaign_plan import print_plan
    from chimera_tui.commands.console import print_json
    from chimera_tui.domain.campaign import PlanView
    from chimera_tui.domain.wire import adapter

    source, where = call.source()
    async with await call.client() as client:
        found = await client.plan_campaign(source, where, large=call.arguments.large)
    if call.arguments.json:
        print_json(
            {"schema": "chimera.campaign_plan", "version": 1, **adapter(PlanView).dump_python(found, mode="json")}
        )
    else:
        print_plan(found)
    return 0


async def _run(call: _Call) -> int:
    from chimera_tui.commands.campaign_follow import follow

    source, where = call.source()
    large, reuse = call.arguments.large, call.arguments.reuse

    async def begin(client: DaemonClient) -> Any:
        return await client.begin_campaign(source, where, large=large, reuse=reuse)

    return await follow(call.client, begin, call.arguments)


async def _resume(call: _Call) -> int:
    from chimera_tui.commands.campaign_follow import follow

    source, where = call.source() if call.words.file is not None else ("", "")
    large = call.arguments.large

    async def resume(client: DaemonClient) -> Any:
        name = call.words.name
        if source:
            name = (await client.plan_campaign(source, where, large=large)).plan.name
        return await client.resume_campaign(name, source, where, large=large)

    return await follow(call.client, resume, call.arguments)


async def _list(call: _Call) -> int:
    from chimera_tui.commands.campaign_output import print_list

    async with await call.client() as client:
        print_list(await client.campaigns(), as_json=call.arguments.json)
    return 0


async def _show(call: _Call) -> int:
    from chimera_tui.commands.campaign_output import print_view

    async with await call.client() as client:
        print_view(await client.campaign(call.words.name), as_json=call.arguments.json)
    return 0


async def _steer(call: _Call) -> int:
    from chimera_tui.commands.campaign_output import cell_of, print_list

    kind = {"add": "repeats"}.get(call.arguments.what, call.arguments.what)
    async with await call.client() as client:
        name = call.words.name
        cell = cell_of(await client.campaign(name), call.words.cell) if call.words.cell else ""
        amount = call.arguments.by if kind == "repeats" else 0
        print_list([await client.steer_campaign(name, kind, cell, amount)], as_json=call.arguments.json)
    return 0


async def _baseline(call: _Call) -> int:
    from chimera_tui.commands.console import say

    name = "" if call.words.name == "none" else call.words.name
    async with await call.client() as client:
        campaign_id = await client.mark_baseline(name)
    say(f"later campaigns are tested against {campaign_id}" if campaign_id else "no campaign is the baseline now")
    return 0


async def _report(call: _Call) -> int:
    from chimera_tui.commands.campaign_report import write_report

    async with await call.client() as client:
        view = await client.campaign(call.words.name)
        runs = await client.campaign_runs(view.outline.campaign_id)
    return write_report(view, runs, call.roots[0], call.arguments.out, as_json=call.arguments.json)


_OF_CELL = ("skip", "want", "first", "add")
_VERB: Mapping[str, Callable[[_Call], Coroutine[Any, Any, int]]] = {
    "plan": _plan,
    "run": _run,
    "resume": _resume,
    "list": _list,
    "show": _show,
    "baseline": _baseline,
    "report": _report,
    **dict.fromkeys(("pause", *_OF_CELL), _steer),
}
