"""The host's figures, of this machine: psutil is asked as it is."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from chimera_tui.services.telemetry.host import Disks, Host
from chimera_tui.services.telemetry.own import OwnProcesses
from tests.support import wait_until

BUSY = "print('busy', flush=True)\nwhile True: pass"


@pytest.fixture
def busy_child() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", BUSY], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        yield child
        child.kill()


def test_a_busy_child_is_in_our_own_share(busy_child: subprocess.Popen[str]) -> None:
    own = OwnProcesses(os.getpid())
    assert busy_child.pid in own.pids()
    began = time.monotonic_ns()
    assert own.cpu_percent(began, own.pids()) is None
    # its CPU time is counted in hundredths of a second
    wait_until(lambda: _cpu_s(busy_child.pid) > 0.3, "a third of a second of work")
    share = own.cpu_percent(time.monotonic_ns(), own.pids())
    assert share is not None
    assert share > 1


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_child_of_a_child_is_ours_and_one_that_ended_is_not() -> None:
    code = (
        "import subprocess, sys; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); sys.stdin.read()"
    )
    words = [sys.executable, "-c", f"{code}; p.kill(); p.wait()"]
    own = OwnProcesses(os.getpid())
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        grandchild = int(child.stdout.readline())
        assert {os.getpid(), child.pid, grandchild} <= own.pids()
        child.communicate("")
    assert not {child.pid, grandchild} & own.pids()


def test_a_kernel_without_lists_of_children_is_no_obstacle(
    tmp_path: Path, busy_child: subprocess.Popen[str]
) -> None:
    assert OwnProcesses(os.getpid(), proc=tmp_path).pids() == OwnProcesses(os.getpid()).pids()
    assert busy_child.pid in OwnProcesses(os.getpid(), proc=tmp_path).pids()


def test_a_process_that_is_gone_has_no_share() -> None:
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    own = OwnProcesses(ended.pid)
    assert own.pids() == {ended.pid}
    assert own.cpu_percent(1, own.pids()) is None
    assert own.cpu_percent(2, own.pids()) == 0


def test_disks_that_only_stand_on_others_are_not_counted(tmp_path: Path) -> None:
    for name in ("loop0", "dm-0", "zram0"):
        (tmp_path / name).mkdir()
    disks = Disks(tmp_path)
    assert disks.rates(1) == (None, None)
    assert disks.rates(2) == (None, None)


def test_rates_of_the_disks_are_since_the_call_before() -> None:
    disks = Disks()
    assert disks.rates(1_000_000_000) == (None, None)
    read, written = disks.rates(2_000_000_000)
    assert (read is None) == (written is None)
    assert read is None or read >= 0
    assert disks.rates(2_000_000_000) == (None, None), "no time has gone by"


def test_one_sample_costs_less_than_five_milliseconds_of_cpu() -> None:
    own = OwnProcesses(os.getpid())
    host = Host(own)
    host.sample(0, own.pids())
    costs = []
    for moment in range(1, 21):
        began = time.thread_time_ns()
        host.sample(moment, own.pids())
        costs.append(time.thread_time_ns() - began)
    # the cheapest is what it costs; the others are what else the machine does
    assert min(costs) < 5_000_000
