"""Every bound holds, can be moved by its setting, and is told when it is reached."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path

import pytest

from chimera_tui import resources
from chimera_tui.daemon.bounds import Bounds
from chimera_tui.domain.errors import LimitReached, SettingInvalid
from chimera_tui.domain.events import CaughtUp, FactsRead, FilesChanged, Notice
from chimera_tui.domain.inventory import FileEntry, FileFacts
from chimera_tui.domain.limits import DEFAULTS, MOST_BODY_BYTES, Limits
from chimera_tui.domain.names import kind_of
from chimera_tui.domain.runs import RunRequest
from chimera_tui.services import pipes
from chimera_tui.services.inventory.facts import read_facts
from chimera_tui.services.inventory.numbers import read_numbers
from chimera_tui.services.inventory.roots import Roots, resolve_roots
from chimera_tui.services.ollama.host import parse_host
from chimera_tui.settings import load
from chimera_tui.settings.keys import KEYS
from tests.daemon.daemons import House, house, raw_http, write_reports
from tests.faults.table import cell

LOW = Limits(file_mib=1, json_depth=3, csv_width=5, columns=4)
COMMENTS = ("#" * 1_000 + "\n") * 1_050
"""A little more than a MiB."""
FLAGS = ("--set", "limits.viewers=2", "--set", "limits.json_depth=3", "--set", "limits.journal_gib=1")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = write_reports(tmp_path_factory.mktemp("limits") / "reports")
    (root / "deep.json").write_text('{"a": {"b": {"c": {"d": 1}}}, "top": 2}')
    with house(root, *FLAGS) as made:
        made.start()
        yield made


def facts_of(path: Path, text: str, limits: Limits = LOW) -> FileFacts:
    path.write_text(text)
    roots = resolve_roots([path.parent], limits)
    return read_facts(FileEntry(f"r/{path.name}", kind_of(path.name), 0, 0), str(path), roots)


# ---- files -----------------------------------------------------------------------------------------------


@cell("a file beyond a limit", "it is read: size, depth, width, columns", "its beginning is read, and it is said")
@pytest.mark.parametrize(
    ("name", "text", "told", "numbers"),
    [
        ("long.csv", f"ms\n7\n{COMMENTS}", "only the first 1 MiB of 1,051,055 bytes", 1),
        ("deep.json", '{"a": {"b": {"c": {"d": 1}}}, "e": 2}', "nested deeper than 3 levels", 1),
        ("wide.csv", "a,b,c,d,e,f,g\n1,2,3,4,5,6,7\n", "rows of up to 7 cells: only the first 5 read", 4),
        ("names.csv", "a,b,c,d,e\nx,x,x,x,1\n", "5 columns: only the first 4 named", 1),
        (
            "keys.json",
            json.dumps({f"k{n}": n for n in range(9)}),
            "5 numbers of more than 4 different keys left out",
            4,
        ),
        ("text.md", "".join(f"- key{n}: {n} ms\n" for n in range(9)), "9 different numbers: only the first 4", 4),
    ],
    ids=["size", "depth", "width", "names", "keys", "bullets"],
)
def test_a_file_beyond_a_limit_is_read_up_to_it_and_says_so(
    tmp_path: Path, name: str, text: str, told: str, numbers: int
) -> None:
    facts = facts_of(tmp_path / name, text)
    assert told in facts.problem and "(limits." in facts.problem
    assert facts.numbers == numbers
    assert len(facts.names) <= LOW.columns
    assert facts_of(tmp_path / name, text, DEFAULTS).problem == "", "as it is without these limits"


@cell("a file beyond a limit", "numbers are checked against it", "the same bounds hold for the checking process")
def test_the_checking_of_numbers_keeps_to_the_same_limits(tmp_path: Path) -> None:
    for name, text, told in (
        ("deep.json", '{"a": {"b": {"c": {"d": 1}}}}', "nested deeper than 3 levels"),
        ("wide.csv", "a,b,c,d,e,f\n1,2,3,4,5,6\n", "rows of up to 6 cells"),
        ("long.csv", f"ms\n7\n{COMMENTS}", "only the first 1 MiB"),
    ):
        (tmp_path / name).write_text(text)
        entry = FileEntry(f"r/{name}", kind_of(name), 0, 0)
        roots = Roots.from_frame(*resolve_roots([tmp_path], LOW).to_frame())
        assert told in read_numbers(entry, str(tmp_path / name), roots).problem


@cell(
    "a file beyond a limit",
    "a line of nothing but commas",
    "its cells are bounded, and so is the memory they take",
)
def test_a_line_of_nothing_but_commas_is_bounded(tmp_path: Path) -> None:
    facts = facts_of(tmp_path / "commas.csv", "," * 500_000 + "\n" + "1," * 500_000 + "\n", DEFAULTS)
    assert len(facts.names) == DEFAULTS.columns
    assert "rows of up to 500,001 cells: only the first 20,000 read" in facts.problem


@cell(
    "a file beyond a limit", "a daemon with limits of its own reads it", "its reader keeps to them, and it is told"
)
async def test_limits_reach_the_processes_that_read(home: House) -> None:
    async with home.client() as client, aclosing(client.events()) as events:
        problems: dict[str, str] = {}
        async for event in events:
            if isinstance(event, FactsRead):
                problems |= dict(event.problems)
            if "reports/deep.json" in problems:
                break
    assert problems["reports/deep.json"] == "nested deeper than 3 levels: the rest left out (limits.json_depth)"


@cell(
    "files change without end", "more than limits.changes_per_second", "what is told is bounded; the end is right"
)
def test_more_changes_than_may_be_told_are_told_joined(tmp_path: Path) -> None:
    root = tmp_path / "reports"
    root.mkdir()
    roots = resolve_roots([root], Limits(changes_per_second=100))
    command = resources.child_command("chimera_tui.services.inventory.watcher")
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as watcher:
        assert watcher.stdin is not None and watcher.stdout is not None
        watcher.stdin.write(pipes.pack((*roots.to_frame(), False)))
        watcher.stdin.flush()
        frames = iter(lambda: pipes.read_frame(watcher.stdout), None)  # type: ignore[arg-type]  # is open
        assert "inotify" in next(frame for frame in frames if frame[0] == "mode")
        for number in range(400):
            (root / f"{number}.csv").write_text("a\n1\n")
        known: set[str] = set()
        rushed = None
        while len(known) < 400 or rushed is None:
            match frame := next(frames):
                case ("rushed", most):
                    rushed = most
                case ("folders", folders):
                    known.update(name for _, names, *_ in folders for name in names)
                case ("files", changed, _, _):
                    known.update(row[0].rpartition("/")[2] for row in changed)
                case _:
                    raise AssertionError(frame)
        watcher.stdin.close()
    assert rushed == 100
    assert known == {f"{number}.csv" for number in range(400)}


# ---- the daemon ------------------------------------------------------------------------------------------


@cell(
    "too many viewers", "one more than limits.viewers attaches", "it is refused with what to do; the others stay"
)
async def test_one_viewer_too_many_is_refused_and_the_others_stay(home: House) -> None:
    async with AsyncExitStack() as stack:
        streams = []
        for _ in range(2):
            client = await stack.enter_async_context(home.client())
            stream = await stack.enter_async_context(aclosing(client.event_batches()))
            await anext(stream)
            streams.append(stream)
        third = await stack.enter_async_context(home.client())
        with pytest.raises(LimitReached, match=r"as may be: 2.*limits\.viewers"):
            await anext(third.event_batches())
        assert (await third.status()).viewers == 2, "what no stream needs is still answered"
        (home.root / "new.csv").write_text("a\n1\n")
        for stream in streams:
            async for batch in stream:
                if any(isinstance(event, FilesChanged) and not event.initial for event in batch):
                    break
    async with home.client() as client, aclosing(client.events()) as events:
        async for event in events:
            if isinstance(event, CaughtUp):
                break


@cell(
    "journal beyond its size",
    "a run or a campaign is started",
    "it is refused with what to do; runs stay readable",
)
async def test_no_run_begins_once_the_journal_is_full(home: House) -> None:
    with home.places.journal.with_name("journal.sqlite-wal").open("r+b") as log:
        size = log.seek(0, 2)
        log.truncate(1 << 30)  # a hole takes no room
        try:
            async with home.client() as client:
                with pytest.raises(LimitReached, match=r"the journal holds 1\.0 of 1 GiB.*limits\.journal_gib"):
                    await client.start_run(RunRequest())
                with pytest.raises(LimitReached, match="no new run begins"):
                    await client.begin_campaign("name = 'x'\n", "x.toml")
                assert await client.runs() == []
        finally:
            log.truncate(size)


def test_a_journal_that_is_nearly_full_is_told_at_the_start(tmp_path: Path) -> None:
    journal = tmp_path / "journal.sqlite"
    with journal.open("wb") as file:
        file.truncate(950 << 20)
    bounds = Bounds(Limits(journal_gib=1), lambda: 0, journal)
    assert list(bounds.cautions()) == [
        "The journal holds 0.9 of 1 GiB; then no new run begins (limits.journal_gib)."
    ]
    bounds.admit_run()
    assert list(Bounds(DEFAULTS, lambda: 0, journal).cautions()) == []
    assert list(Bounds(DEFAULTS, lambda: 0, None).cautions()) == []


@cell("a request without end", "it is sent to the daemon", "it is refused beyond 8 MiB; the daemon goes on")
def test_a_request_that_is_too_long_is_refused(home: House) -> None:
    body = b'"' + b"x" * MOST_BODY_BYTES + b'"'
    head = (
        f"POST /v1/campaigns/plan HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    answer = raw_http(home.places.socket, head.encode() + body)
    assert b" 503 " in answer.splitlines()[0] and b"limit_reached" in answer
    assert home.status() is not None


# ---- what is said of them --------------------------------------------------------------------------------


def test_every_limit_is_a_setting_and_stands_in_the_document(repository: Path) -> None:
    document = (repository / "docs" / "limits.md").read_text()
    rows = dict(re.findall(r"^\| `limits\.(\w+)` \| ([\d,]+)", document, re.MULTILINE))
    fields = dataclasses.asdict(DEFAULTS)
    assert {name: int(value.replace(",", "")) for name, value in rows.items()} == fields
    assert {key.name for key in KEYS.values() if key.section == "limits"} == set(fields)


def test_a_limit_is_read_from_file_variable_and_flag_and_is_checked(tmp_path: Path) -> None:
    (tmp_path / "chimera.toml").write_text("[limits]\nfile_mib = 64\nviewers = 3\n")
    environment = {"CHIMERA_VIEWERS": "4"}
    found = load({"limits.columns": "9"}, environ=environment, roots=[tmp_path], read_host=parse_host)
    assert found.limits == Limits(file_mib=64, viewers=4, columns=9)
    for value in ("0", "-1", "1e9", "many", str(10**12)):
        with pytest.raises(SettingInvalid, match="whole number of"):
            load({"limits.file_mib": value}, environ={}, roots=[tmp_path], read_host=parse_host)


async def test_a_rush_is_told_to_viewers() -> None:
    from chimera_tui.services.inventory.service import InventoryService

    told = []

    class Sink:
        def emit(self, event: object) -> None:
            told.append(event)

    InventoryService(Roots(("/x",), ("x",)), Sink())._take(("rushed", 100))
    assert [event.text for event in told if isinstance(event, Notice)] == [
        "Files change faster than 100 a second; what changes is told later, joined (limits.changes_per_second)."
    ]
