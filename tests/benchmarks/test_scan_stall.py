"""What tells a scan's own stall from the machine's: when a process works, and spans that can be compared."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.measures import scan_stall
from benchmarks.work_spans import LOOK_S, Span, work_spans

MS = 1_000_000
SCANS = [(0, 500 * MS), (5_500 * MS, 6_000 * MS), (11_000 * MS, 12_000 * MS)]
WORKER = """
import sys, time
print("ready", flush=True)
sys.stdin.readline()
for _ in range(3):
    time.sleep(0.4)  # the pause between two works is what must be seen
    begun_ns = time.monotonic_ns()
    while time.monotonic_ns() - begun_ns < 60_000_000:
        pass
    print(begun_ns, time.monotonic_ns(), flush=True)
"""


def overlap(one: Span, other: Span) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def test_work_is_seen_where_it_was_and_nowhere_else() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin is not None and worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
        with work_spans(worker.pid) as seen:
            worker.stdin.write("\n")
            worker.stdin.flush()
            lines = [worker.stdout.readline().split() for _ in range(3)]
        works = [(int(begun), int(ended)) for begun, ended in lines]
    assert all(any(overlap(work, span) for span in seen) for work in works), (works, seen)
    assert all(any(overlap(work, span) for work in works) for span in seen), (works, seen)


def test_spans_with_and_without_a_scan_are_of_one_length_and_do_not_mix() -> None:
    scanned, quiet = scan_stall._alike(SCANS)
    assert [from_ns for from_ns, _ in scanned] == [from_ns for from_ns, _ in SCANS]
    length_ns = round(500 * MS + LOOK_S * 1e9)
    assert {to_ns - from_ns for from_ns, to_ns in scanned + quiet} == {length_ns}
    assert len(quiet) == 18, "nine fit between two scans"
    assert not any(overlap(span, scan) for span in quiet for scan in SCANS)


@pytest.mark.parametrize("scans", [[], SCANS[:1]])
def test_without_two_scans_there_is_nothing_to_compare(scans: Sequence[Span]) -> None:
    with pytest.raises(RuntimeError, match=f"seen to scan {len(scans)} times"):
        scan_stall._alike(scans)


def test_a_stall_that_comes_with_each_scan_is_told_among_hiccups_that_do_not(tmp_path: Path) -> None:
    """Every third span holds a hiccup of 30 ms, whether there is a scan or not; each scan stalls for 5 ms."""
    scans = [(begun * 1_000 * MS, begun * 1_000 * MS + 100 * MS) for begun in range(12)]
    scanned, quiet = scan_stall._alike(scans)
    lags = [(from_ns + 1, 5 * MS) for from_ns, _ in scanned] + [(from_ns + 2, MS) for from_ns, _ in quiet]
    lags += [(from_ns + 3, 30 * MS) for from_ns, _ in [*scanned[::3], *quiet[::3]]]
    file = tmp_path / "lag.json"
    file.write_text(json.dumps(sorted(lags)))
    longest = (scan_stall._quarter(scan_stall._longest_ms(file, spans)) for spans in (scanned, quiet))
    assert tuple(longest) == (5.0, 1.0)
