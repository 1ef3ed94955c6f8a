"""Who waits for which file to be read."""

from __future__ import annotations

import asyncio
import dataclasses

from chimera_tui.domain.events import FactsRead
from chimera_tui.domain.inventory import FileEntry, FileFacts
from chimera_tui.domain.names import FileKind
from chimera_tui.services.inventory.ledger import FactsLedger

A = FileEntry("r/a.csv", FileKind.CSV, 10, 1)
B = FileEntry("r/b.csv", FileKind.CSV, 20, 2)


def _facts(entry: FileEntry, numbers: int = 1, problem: str = "") -> FileFacts:
    return FileFacts(entry.path, entry.kind, entry.size_bytes, entry.mtime_ns, numbers=numbers, problem=problem)


async def test_a_changed_file_is_not_given_to_the_reader_twice_at_a_time() -> None:
    ledger = FactsLedger()
    ledger.want(A)
    assert await ledger.next_entry() == A
    newer = dataclasses.replace(A, mtime_ns=9)
    ledger.want(newer)
    ledger.want(B)
    assert await ledger.next_entry() == B
    ledger.take(_facts(A))
    assert await ledger.next_entry() == newer


async def test_waiting_ends_with_the_files_that_were_there_and_not_with_later_ones() -> None:
    ledger = FactsLedger()
    ledger.want(A)
    waiting = asyncio.create_task(ledger.settled())
    await asyncio.sleep(0)
    ledger.want(B)
    await ledger.next_entry()
    ledger.want(dataclasses.replace(A, mtime_ns=9))
    assert not waiting.done()
    ledger.take(_facts(A))
    await asyncio.wait_for(waiting, 5)


async def test_a_read_that_began_before_the_change_does_not_satisfy_who_asks_after_it() -> None:
    ledger = FactsLedger()
    ledger.want(A)
    await ledger.next_entry()
    newer = dataclasses.replace(A, mtime_ns=9)
    ledger.want(newer)
    waiting = asyncio.create_task(ledger.settled())
    await asyncio.sleep(0)
    ledger.take(_facts(A))
    await asyncio.sleep(0)
    assert not waiting.done()
    await ledger.next_entry()
    ledger.take(_facts(newer))
    await asyncio.wait_for(waiting, 5)
    assert ledger.facts[A.path].mtime_ns == 9


async def test_the_answer_about_a_file_that_is_gone_is_void_and_nobody_waits_for_it() -> None:
    ledger = FactsLedger()
    ledger.want(A)
    ledger.want(B)
    await ledger.next_entry()
    waiting = asyncio.create_task(ledger.settled())
    await asyncio.sleep(0)
    ledger.drop(A.path)
    ledger.drop(B.path)
    await asyncio.wait_for(waiting, 5)
    ledger.take(_facts(A))
    assert ledger.facts == {}
    await asyncio.wait_for(ledger.settled(), 5)
    assert ledger.progress() == FactsRead(0, 0, 0)


async def test_progress_tells_problems_once_and_clears_them() -> None:
    ledger = FactsLedger()
    for entry in (A, B):
        ledger.want(entry)
        await ledger.next_entry()
    ledger.take(_facts(A, 3, "half-written JSON: line 1, column 2"))
    assert ledger.take_progress() == FactsRead(1, 2, 3, ((A.path, "half-written JSON: line 1, column 2"),))
    ledger.take(_facts(B, 2))
    assert ledger.take_progress() == FactsRead(2, 2, 5)
    ledger.want(A)
    await ledger.next_entry()
    ledger.take(_facts(A, 4))
    assert ledger.take_progress() == FactsRead(2, 2, 6, ((A.path, ""),))


async def test_a_moved_file_keeps_facts_only_if_it_is_the_same() -> None:
    ledger = FactsLedger()
    ledger.want(A)
    await ledger.next_entry()
    ledger.take(_facts(A, 3))
    moved = dataclasses.replace(A, path="r/moved.csv")
    assert not ledger.move(A.path, dataclasses.replace(moved, mtime_ns=9))
    assert not ledger.move(A.path, dataclasses.replace(moved, kind=FileKind.JSON))
    assert ledger.move(A.path, moved)
    assert list(ledger.facts) == ["r/moved.csv"]
    assert ledger.progress() == FactsRead(1, 1, 3)


async def test_what_a_dead_reader_had_is_read_again_but_for_the_file_over_which_it_died() -> None:
    ledger = FactsLedger()
    for entry in (A, B):
        ledger.want(entry)
        await ledger.next_entry()
    ledger.give_back()
    assert ledger.facts[A.path].problem == "not read: the reader broke over it"
    assert await asyncio.wait_for(ledger.next_entry(), 5) == B
    ledger.want(A)
    assert await asyncio.wait_for(ledger.next_entry(), 5) == A


async def test_when_nobody_reads_any_more_no_one_waits() -> None:
    ledger = FactsLedger()
    ledger.want(A)
    waiting = asyncio.create_task(ledger.settled())
    await asyncio.sleep(0)
    ledger.give_up("not read: the reader ended")
    await asyncio.wait_for(waiting, 5)
    assert ledger.facts[A.path].problem == "not read: the reader ended"


async def test_a_large_file_that_changes_again_rests_unless_somebody_waits_for_it() -> None:
    now = 100.0
    large = FileEntry("r/large.csv", FileKind.CSV, 50 << 20, 1)
    ledger = FactsLedger(lambda: now)
    ledger.want(large)
    await ledger.next_entry()
    ledger.take(_facts(large))
    ledger.want(dataclasses.replace(large, mtime_ns=2))
    ledger.want(B)
    assert await ledger.next_entry() == B
    reading = asyncio.create_task(ledger.next_entry())
    await asyncio.sleep(0)
    assert not reading.done()
    waiting = asyncio.create_task(ledger.settled())
    assert (await asyncio.wait_for(reading, 5)).mtime_ns == 2
    ledger.take(_facts(B))
    ledger.take(_facts(large))
    await asyncio.wait_for(waiting, 5)
    ledger.want(dataclasses.replace(large, mtime_ns=3))
    now += 65.0
    assert (await ledger.next_entry()).mtime_ns == 3


async def test_a_small_file_does_not_rest() -> None:
    ledger = FactsLedger(lambda: 100.0)
    ledger.want(A)
    await ledger.next_entry()
    ledger.take(_facts(A))
    ledger.want(dataclasses.replace(A, mtime_ns=2))
    assert (await ledger.next_entry()).mtime_ns == 2


async def test_a_large_file_that_is_made_anew_is_read_at_once() -> None:
    large = FileEntry("r/large.csv", FileKind.CSV, 50 << 20, 1)
    ledger = FactsLedger(lambda: 100.0)
    ledger.want(large)
    await ledger.next_entry()
    ledger.take(_facts(large))
    ledger.drop(large.path)
    ledger.want(large)
    assert await ledger.next_entry() == large
