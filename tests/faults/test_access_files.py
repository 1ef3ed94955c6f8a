"""Nothing outside the reports is read: by no path, through no link, through no folder that becomes one."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import pytest

from chimera_tui.domain.errors import FileNotReadable
from chimera_tui.domain.events import FactsRead, FilesChanged
from chimera_tui.domain.inventory import FileEntry
from chimera_tui.domain.limits import DEFAULTS
from chimera_tui.domain.names import FileKind
from chimera_tui.services.inventory.facts import read_facts
from chimera_tui.services.inventory.growth_reader import GrowthReader
from chimera_tui.services.inventory.numbers import read_numbers
from chimera_tui.services.inventory.preview import read_preview
from chimera_tui.services.inventory.roots import Roots, resolve_roots
from tests.daemon.daemons import House, house, write_reports
from tests.faults.table import LONG, cell

SECRET = "secret_ms\n4711\n"
ENTRY = FileEntry("reports/night/speed.csv", FileKind.CSV, 10, 0)
OF_EACH = 1_000 if LONG else 30
"""So often at least the folder must have been itself, and so often the link."""
FLIP = """
import os, time
while True:
    os.rename("night", "kept")
    os.rename("link", "night")
    time.sleep(0.0005)
    os.rename("night", "link")
    os.rename("kept", "night")
    time.sleep(0.0005)
"""


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """`reports/night/speed.csv`, and one of the same name outside that is nobody's business."""
    for folder, text in (("reports/night", "ms\n1\n"), ("outside", SECRET)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "speed.csv").write_text(text)
    return tmp_path / "reports"


def swap(reports: Path) -> None:
    """The folder becomes a link that leads out, after it was listed."""
    (reports / "night").rename(reports / "night-before")
    (reports / "night").symlink_to(reports.parent / "outside")


@cell(
    "a link out of the reports",
    "a folder is replaced by it after the scan",
    "facts, checks, previews, plots refuse",
)
def test_a_folder_that_became_a_link_is_not_read_through(reports: Path) -> None:
    roots = resolve_roots([reports])
    raw = roots.absolute(ENTRY.path)
    assert read_facts(ENTRY, raw, roots).numbers == 1
    swap(reports)
    facts = read_facts(ENTRY, raw, roots)
    assert (facts.numbers, facts.names) == (0, ())
    assert facts.problem == "can not be read: leads out of the reports"
    numbers = read_numbers(ENTRY, raw, roots)
    assert list(numbers.values) == [] and "leads out of the reports" in numbers.problem
    with pytest.raises(FileNotReadable, match="leads out of the reports"):
        read_preview(ENTRY, roots, 1 << 20)
    asked = ("ask", (ENTRY.path,), ENTRY.path, "csv", os.fsencode(raw), (), 100, None, 0)
    assert GrowthReader(roots).answer(asked) == ("error", "can not be read: leads out of the reports")


@cell(
    "a link out of the reports",
    "a folder becomes one and back, all the time",
    "not one reading leaves the reports",
)
def test_however_fast_a_folder_becomes_a_link_nothing_outside_is_read(
    reports: Path, record_property: Callable[[str, object], None]
) -> None:
    (reports / "link").symlink_to(reports.parent / "outside")
    roots = resolve_roots([reports])
    raw = roots.absolute(ENTRY.path)
    met: Counter[str] = Counter()
    with subprocess.Popen([sys.executable, "-c", FLIP], cwd=reports) as flipping:
        try:
            while min(met["read"], met["refused"]) < OF_EACH:
                facts = read_facts(ENTRY, raw, roots)
                assert "secret_ms" not in facts.names
                met["read"] += facts.names == ("ms",)
                met["refused"] += facts.problem.endswith("leads out of the reports")
                met["tried"] += 1
        finally:
            flipping.kill()
    record_property("tried", met["tried"])


@cell("a link out of the reports", "links_out is set", "it is read as if it lay inside, in every process")
def test_links_out_of_the_reports_are_read_when_that_is_asked_for(reports: Path) -> None:
    swap(reports)
    allowed = resolve_roots([reports], DEFAULTS, links_out=True)
    roots = Roots.from_frame(*allowed.to_frame())
    raw = roots.absolute(ENTRY.path)
    assert read_facts(ENTRY, raw, roots).names == ("secret_ms",)
    assert list(read_numbers(ENTRY, raw, roots).values) == [4711.0]
    assert read_preview(ENTRY, roots, 100).text == SECRET


@pytest.fixture(scope="module", params=["false", "true"] if LONG else ["false"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("links")
    (folder / "outside").mkdir()
    (folder / "outside" / "speed.csv").write_text(SECRET)
    root = write_reports(folder / "reports")
    (root / "link.csv").symlink_to(folder / "outside" / "speed.csv")
    (root / "folder").symlink_to(folder / "outside")
    with house(root, "--set", f"inventory.links_out={request.param}") as made:
        made.start()
        yield made


@cell(
    "a link out of the reports",
    "a daemon lists it",
    "it is shown with its reason, and read only if links_out is set",
)
async def test_a_daemon_shows_a_link_and_reads_it_only_if_that_was_asked_for(home: House) -> None:
    allowed = "inventory.links_out=true" in home.extra
    listed: dict[str, FileEntry] = {}
    async with home.client() as client:
        async with aclosing(client.events()) as events:
            async for event in events:
                if isinstance(event, FilesChanged):
                    listed |= {entry.path: entry for entry in event.changed}
                if isinstance(event, FactsRead) and 0 < event.files_total == event.files_read:
                    break
        assert listed["reports/folder"].problem == "link to a folder, not followed"
        if allowed:
            assert (await client.preview("reports/link.csv")).text == SECRET
        else:
            assert listed["reports/link.csv"].problem == "link that leads out of the reports, not read"
            with pytest.raises(FileNotReadable, match="leads out of the reports"):
                await client.preview("reports/link.csv")
            with pytest.raises(FileNotReadable, match="leads out of the reports"):
                await client.growth("reports/link.csv")


@cell(
    "a path out of the reports", "a request for a preview, a plot, a run or a series", "refused, nothing is told"
)
async def test_no_path_of_a_request_leads_out(home: House) -> None:
    above = "/".join([".."] * 12)
    secret = home.root.parent / "outside" / "speed.csv"
    paths = [
        str(secret),
        f"reports/{above}{secret}",
        "reports/../outside/speed.csv",
        "reports/folder/speed.csv",
        "reports/./folder/speed.csv",
        "reports//speed.csv",
        "reports/speed.csv\0.csv",
        "reports\\..\\outside\\speed.csv",
        "%2e%2e/outside/speed.csv",
        "reports/%2e%2e/outside/speed.csv",
        "/proc/self/environ",
        "/dev/zero",
    ]
    async with home.client() as client:
        for path in paths:
            for question in (client.preview(path), client.growth(path)):
                with contextlib.suppress(FileNotReadable):
                    raise AssertionError((path, await question))
