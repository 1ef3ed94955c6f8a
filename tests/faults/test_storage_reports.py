"""The reports directory goes away, comes back as another or is emptied, under a daemon at work."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chimera_tui.client.api import DaemonClient
from chimera_tui.domain.errors import NothingToAnalyse
from chimera_tui.domain.events import FilesChanged, WatchModeChanged
from chimera_tui.domain.inventory import InventoryState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import ReportSaved, RunFinished, TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from tests.daemon.daemons import House, house, write_reports
from tests.daemon.test_series_retries import Ear, heard
from tests.faults.table import LONG, cell
from tests.simulators import running_simulator
from tests.support import eventually

_RATES = ("--token-rate", "400", "--cpu-rate", "400", "--prefill-rate", "100000", "--load-s", "0")
ONE = (AgentId.A,)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One daemon for all: what it must survive is each of these, and then the next."""
    root = tmp_path_factory.mktemp("home") / "reports"
    with (
        running_simulator(*_RATES) as simulator,
        house(write_reports(root), OLLAMA_HOST=simulator.url, CHIMERA_NUM_PREDICT="40") as made,
    ):
        made.start()
        yield made


def seen(ear: Ear) -> set[str]:
    """The files as a viewer has them."""
    state = InventoryState()
    for event in ear.events:
        if isinstance(event, FilesChanged):
            for path in event.removed:
                state.remove(path)
            for entry in event.changed:
                state.put(entry)
    return {entry.path for entry in state.entries.values() if not entry.own_output}


def of_run(ear: Ear, kind: type, run_id: str) -> list:  # type: ignore[type-arg]
    """Who attaches is told the last run first."""
    return [event for event in ear.of(kind) if event.run_id == run_id]


async def writing(ear: Ear, client: DaemonClient) -> str:
    """A run that has begun to write."""
    run_id = await client.start_run(RunRequest(agents=ONE))
    await eventually(lambda: of_run(ear, TokensArrived, run_id), "the first tokens", 60)
    return run_id


async def ended(ear: Ear, run_id: str) -> tuple[RunFinished, ReportSaved]:
    await eventually(lambda: of_run(ear, RunFinished, run_id), "the end of the run", 60)
    (end,) = of_run(ear, RunFinished, run_id)
    (saved,) = of_run(ear, ReportSaved, run_id)
    return end, saved


def mode(ear: Ear) -> str:
    return ear.of(WatchModeChanged)[-1].mode if ear.of(WatchModeChanged) else ""


WHOLE = {"reports/speed.csv", "reports/run.json", "reports/notes.md"}
ANEW = {"reports/new.csv"}


def removed(root: Path) -> None:
    shutil.rmtree(root)


def moved(root: Path) -> None:
    root.rename(root.with_name("elsewhere"))


def replaced_by_a_directory(root: Path) -> None:
    moved(root)
    root.mkdir()
    (root / "new.csv").write_text("a_ms\n1\n")


def replaced_by_a_file(root: Path) -> None:
    moved(root)
    root.write_text("no directory")


def replaced_by_a_link(root: Path) -> None:
    moved(root)
    root.symlink_to(root.with_name("nowhere"))


def back(root: Path) -> None:
    """As it was, whatever is there now."""
    elsewhere = root.with_name("elsewhere")
    if root.is_dir() and not root.is_symlink():
        shutil.rmtree(root)
    else:
        root.unlink(missing_ok=True)
    if elsewhere.exists():
        elsewhere.rename(root)
    else:
        write_reports(root)


HOLDS = (
    "the run is done, its reports lie where there is room for them and say why, the viewer sees the files go; "
    "with the directory back it sees them again and the next run is saved there"
)
FATES = [removed, moved, replaced_by_a_file, replaced_by_a_link]


@cell("reports directory removed", "while a run writes", HOLDS)
@cell("reports directory moved", "while a run writes", HOLDS)
@cell("reports directory replaced", "by a file or a broken link, while a run writes", HOLDS)
@pytest.mark.parametrize("fate", FATES if LONG else [removed])
async def test_a_reports_directory_that_goes_in_a_run_takes_nothing_with_it(
    fate: Callable[[Path], None], home: House
) -> None:
    state = home.places.state  # which a link in the directory's place would change
    async with home.client() as client, heard(client) as ear:
        await eventually(lambda: seen(ear) == WHOLE, "the files")
        run_id = await writing(ear, client)
        fate(home.root)
        end, saved = await ended(ear, run_id)
        assert end.summary.state is RunState.DONE
        assert Path(saved.folder).is_relative_to(state)
        assert str(home.root / "chimera_runs") in saved.note
        assert (Path(saved.folder) / "agent_a_report.md").stat().st_size > 0
        await eventually(lambda: not seen(ear) and mode(ear) == "polling", "the files to go")
        with pytest.raises(NothingToAnalyse):
            await client.start_run(RunRequest(agents=ONE))
        back(home.root)
        await eventually(lambda: seen(ear) == WHOLE and mode(ear) == "inotify", "the files to be back")
        again = await writing(ear, client)
        await ended(ear, again)
        assert (await client.run(run_id)).state is RunState.DONE
    assert len(list(home.root.glob(f"chimera_runs/*-{again}/metrics.json"))) == 1
    shutil.rmtree(home.root / "chimera_runs")


@cell(
    "reports directory replaced",
    "by another directory, while a run writes",
    "the run is saved below the new one, whose files are seen in place of the old",
)
async def test_another_directory_in_its_place_is_followed(home: House) -> None:
    async with home.client() as client, heard(client) as ear:
        await eventually(lambda: seen(ear) == WHOLE, "the files")
        run_id = await writing(ear, client)
        replaced_by_a_directory(home.root)
        await ended(ear, run_id)
        assert len(list(home.root.glob(f"chimera_runs/*-{run_id}/metrics.json"))) == 1
        await eventually(lambda: seen(ear) == ANEW, "the new files")
        (home.root / "later.csv").write_text("a_ms\n2\n")
        await eventually(lambda: seen(ear) == ANEW | {"reports/later.csv"}, "a file that came later")
        back(home.root)
        await eventually(lambda: seen(ear) == WHOLE, "the files that were there before")


MANY = 100_000 if LONG else 1_000


@cell(
    "100,000 files deleted at once",
    "while they are being read, before a run",
    "every one is gone from the list, those that stay are there, the run is done and saved; new files are seen",
)
async def test_files_by_the_thousand_can_go_at_once(home: House) -> None:
    folder = home.root / "many"
    folder.mkdir()
    for number in range(MANY):
        (folder / f"{number:06d}.csv").touch()
    async with home.client() as client, heard(client) as ear:
        counted = [0, 0]

        def listed() -> int:
            """How many of them a viewer has; it looks at what is new only."""
            for event in ear.events[counted[0] :]:
                if isinstance(event, FilesChanged):
                    counted[1] += sum(entry.path.startswith("reports/many/") for entry in event.changed)
                    counted[1] -= sum(path.startswith("reports/many/") for path in event.removed)
            counted[0] = len(ear.events)
            return counted[1]

        await eventually(lambda: listed() >= MANY, "all files", 120)
        shutil.rmtree(folder)
        await eventually(lambda: listed() == 0, "all of them to be gone", 120)
        assert seen(ear) == WHOLE
        _, saved = await ended(ear, await writing(ear, client))
        (home.root / "after.csv").write_text("a_ms\n3\n")
        await eventually(lambda: seen(ear) == WHOLE | {"reports/after.csv"}, "a file that came after")
        (home.root / "after.csv").unlink()
    assert Path(saved.folder).is_relative_to(home.root)
