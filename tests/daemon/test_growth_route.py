"""Rows that another process appends, told by a real daemon."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import psutil
import pytest

from chimera_tui.client.api import DaemonClient
from chimera_tui.domain.errors import BadUse, FileNotReadable
from chimera_tui.domain.rows import Axis, Growth
from tests.daemon.daemons import PYTHON, House, house, write_reports
from tests.daemon.test_routes import ask


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = write_reports(tmp_path_factory.mktemp("growth") / "reports")
    with house(root, OLLAMA_HOST="http://127.0.0.1:9") as made:
        made.start()
        yield made


@contextmanager
def writer(path: Path) -> Iterator[IO[bytes]]:
    """Another process that appends what it is given, piece by piece."""
    with subprocess.Popen(
        ["sh", "-c", 'exec cat >> "$0"', str(path)], stdin=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin is not None
        yield process.stdin


def readers(home: House) -> int:
    children = psutil.Process(home.pid()).children()
    return sum("growth_reader" in " ".join(child.cmdline()) for child in children)


async def told(
    client: DaemonClient, path: str, rows: int, columns: Sequence[str] = (), axis: Axis | None = None
) -> Growth:
    """Ask until there are so many rows."""
    async with asyncio.timeout(20):
        while True:
            try:
                growth = await client.growth(path, columns, 100, axis)
                if growth.rows >= rows:
                    return growth
            except FileNotReadable:  # not listed yet
                pass
            await asyncio.sleep(0.01)


async def test_rows_of_another_process_are_told_as_they_become_whole(home: House) -> None:
    assert readers(home) == 0
    async with home.client() as client:
        with writer(home.root / "sweep.csv") as sweep:
            sweep.write(b"timestamp,tokens_per_s\n2026-11-22T08:00:00Z,41.5\n2026-11-22T08:0")
            growth = await told(client, "reports/sweep.csv", 1)
            assert growth.rows == 1 and growth.series[0].last == 41.5
            sweep.write(b"1:00Z,42.5\n2026-11-22T08:02:00Z,43.5\n")
            growth = await told(client, "reports/sweep.csv", 3, ["tokens_per_s"])
        assert growth.axis == "time" and growth.time_column == "timestamp"
        assert [value for _, value in growth.series[0].points] == [41.5, 42.5, 43.5]
        assert growth.rows_per_minute == pytest.approx(1.0)
        by_row = await client.growth("reports/sweep.csv", axis="row")
        assert [x for x, _ in by_row.series[0].points] == [1, 2, 3]
    assert readers(home) == 1


BUFFERED = """
import sys
rows = b"".join(b"gemma3,%d,%d.5\\n" % (number, number % 7) for number in range(1_000))
with open(sys.argv[1], "ab", buffering=0) as file:
    file.write(rows[: 2 * 4096])
    sys.stdin.readline()
    file.write(rows[2 * 4096 :])
"""
"""As programs in C write: in blocks, which end anywhere in a row; the rest when the file is closed."""


async def test_a_block_that_ends_in_the_middle_of_a_row_is_told_up_to_that_row(home: House) -> None:
    path = home.root / "buffered.csv"
    path.write_text("model,number,load_ms\n")
    async with home.client() as client:
        process = await asyncio.create_subprocess_exec(PYTHON, "-c", BUFFERED, str(path), stdin=subprocess.PIPE)
        growth = await told(client, "reports/buffered.csv", 1)
        assert growth.rows < 1_000 and growth.series[0].last == (growth.rows - 1) % 7 + 0.5
        assert "the last line has no end yet and is held back" in growth.notes
        await process.communicate(b"\n")
        growth = await told(client, "reports/buffered.csv", 1_000, ["number"])
    assert growth.rows == 1_000 and growth.series[0].last == 999 and growth.columns[0].count == 1_000
    assert growth.notes == ()


async def test_rows_have_the_time_at_which_they_were_written(home: House) -> None:
    path = home.root / "watched.jsonl"
    path.write_text('{"ms": 1}\n')
    async with home.client() as client:
        await told(client, "reports/watched.jsonl", 1)
        stamps = []
        for row in (2, 3, 4):
            with path.open("a") as file:
                file.write(json.dumps({"ms": row}) + "\n")
            stamps.append(path.stat().st_mtime_ns)
            growth = await told(client, "reports/watched.jsonl", row, axis="appeared")
        assert [x for x, _ in growth.series[0].points] == stamps
        assert 0 < growth.resolution_ns < 1_000_000_000


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 422, "bad_use"),
        ("?path=reports/notes.md", 422, "bad_use"),
        ("?path=reports/speed.csv&column=absent", 422, "bad_use"),
        ("?path=reports/speed.csv&points=1", 422, "bad_use"),
        ("?path=reports/speed.csv&points=20001", 422, "bad_use"),
        ("?path=reports/speed.csv&axis=sideways", 422, "bad_use"),
        ("?path=reports/speed.csv" + "&column=x" * 65, 422, "bad_use"),
        ("?path=reports/absent.csv", 404, "file_not_readable"),
        ("?path=reports/../../../etc/passwd.csv", 404, "file_not_readable"),
    ],
)
def test_what_can_not_be_told_is_answered_with_a_sentence(home: House, query: str, status: int, code: str) -> None:
    answered, document = ask(home, "GET", f"/v1/growth{query}")
    assert (answered, document["code"]) == (status, code)
    assert document["what"] and "Traceback" not in json.dumps(document)


async def test_the_client_raises_what_the_daemon_says(home: House) -> None:
    async with home.client() as client:
        with pytest.raises(BadUse, match="It has num_gpu, tok_per_s"):
            await client.growth("reports/speed.csv", ["tps"])
        growth = await client.growth("reports/speed.csv")
        assert growth.series[0].name == "tok_per_s"
