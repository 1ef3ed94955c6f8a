"""Servers that are down are looked at again and again, or their cells are left out, as the file says."""

from __future__ import annotations

from chimera_tui.campaign.hosts import PAUSES_S, Hosts
from chimera_tui.campaign.tries import PAUSES_S as TRIES_S
from chimera_tui.campaign.tries import Tries
from chimera_tui.domain.campaign import HostRule
from tests.campaign.plans import GONE, HOST, cell

ELSEWHERE = "http://10.0.0.2:11434"
HERE, THERE = cell(1), cell(2, host=ELSEWHERE)
CELLS = (HERE, THERE)


def test_only_the_cells_of_that_server_wait_and_longer_each_time() -> None:
    hosts = Hosts(HostRule())
    now_s = 100.0
    for pause_s in (*PAUSES_S, PAUSES_S[-1]):
        hosts.is_down(HOST, GONE, now_s)
        assert hosts.waiting(CELLS, now_s) == {HERE.cell_id}
        assert hosts.next_look(now_s) == (pause_s, GONE)
        now_s += pause_s
        assert hosts.waiting(CELLS, now_s) == set()
    assert hosts.left_out(CELLS, now_s) == {}
    hosts.is_up(HOST)
    assert hosts.next_look(now_s) is None


def test_a_person_has_it_looked_at_now() -> None:
    hosts = Hosts(HostRule())
    hosts.is_down(HOST, GONE, 100.0)
    hosts.try_now()
    assert hosts.waiting(CELLS, 100.0) == set()


def test_skip_leaves_its_cells_out_at_once_and_wait_after_the_longest_wait() -> None:
    skipping = Hosts(HostRule(when_down="skip"))
    skipping.is_down(HOST, GONE, 100.0)
    assert skipping.left_out(CELLS, 100.0) == {HERE.cell_id: GONE.what}
    assert skipping.next_look(100.0) is None
    patient = Hosts(HostRule(wait_s=60.0))
    patient.is_down(HOST, GONE, 100.0)
    patient.is_down(HOST, GONE, 150.0)
    assert patient.left_out(CELLS, 159.0) == {}
    assert patient.left_out(CELLS, 160.0) == {HERE.cell_id: GONE.what}


def test_a_cell_that_failed_is_tried_again_later_each_time() -> None:
    tries = Tries()
    now_s = 100.0
    for pause_s in TRIES_S:
        tries.failed("x", now_s)
        assert tries.waiting(now_s) == {"x"}
        assert tries.next_try(now_s) == pause_s
        now_s += pause_s
        assert tries.waiting(now_s) == set()
        assert tries.next_try(now_s) is None
    tries.failed("x", now_s)
    tries.now()
    assert tries.waiting(now_s) == set()
    tries.failed("x", now_s)
    tries.succeeded("x")
    tries.failed("x", now_s)
    assert tries.next_try(now_s) == TRIES_S[0]
