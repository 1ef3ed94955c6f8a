"""Faults of processes that are tested elsewhere."""

from __future__ import annotations

from tests.faults.table import Entry

ELSEWHERE: list[Entry] = [
    (
        "probe SIGKILL",
        "it waits for a request",
        "the next request gets another one",
        "tests/services/ollama/test_readers.py::test_a_reader_that_died_while_it_waited_is_replaced",
    ),
    (
        "daemon SIGSTOP",
        "tokens come",
        "each is stamped when it came",
        "tests/services/ollama/test_probe.py::test_a_parent_that_stands_still_does_not_make_time_stamps_late",
    ),
    (
        "daemon SIGKILL",
        "tokens come",
        "the probe goes and closes its connection",
        "tests/services/ollama/test_probe.py::test_it_goes_when_its_parent_is_killed",
    ),
    (
        "daemon SIGKILL",
        "nothing runs",
        "what it left is in nobody's way",
        "tests/daemon/test_process.py::test_a_daemon_that_was_killed_leaves_nothing_in_the_way",
    ),
    (
        "daemon SIGKILL",
        "agents write, somebody looks",
        "the next daemon tells the run as interrupted, with its tokens",
        "tests/daemon/test_runs.py::test_a_killed_daemon_leaves_a_run_that_the_next_one_tells_as_interrupted",
    ),
    (
        "daemon SIGKILL",
        "the journal is packed",
        "every run reads the same",
        "tests/services/journal/test_packing.py::test_a_kill_while_it_packs_loses_nothing",
    ),
    (
        "daemon SIGKILL",
        "between copying and emptying SQLite's log",
        "every event is there",
        "tests/services/journal/test_checkpoint.py::test_what_a_kill_leaves_between_copy_and_emptying_is_all_there",
    ),
    (
        "daemon SIGKILL",
        "chimera run waits for it",
        "one line says so, and the exit status is 1",
        "tests/commands/test_run.py::test_a_daemon_that_dies_is_one_line_and_failed",
    ),
    (
        "daemon SIGTERM",
        "nothing runs",
        "it ends and removes its socket",
        "tests/daemon/test_process.py::test_a_signal_ends_the_daemon_and_removes_its_socket",
    ),
    (
        "daemon SIGTERM",
        "agents write",
        "the run is cancelled, and what it has is saved",
        "tests/daemon/test_runs.py::test_a_daemon_that_ends_by_a_signal_cancels_and_keeps_what_it_has",
    ),
    (
        "daemon SIGTERM",
        "a viewer stands still",
        "it ends all the same",
        "tests/daemon/test_process.py::test_a_viewer_that_stands_still_does_not_keep_the_daemon_from_ending",
    ),
    (
        "daemon SIGHUP",
        "nothing runs",
        "it goes on",
        "tests/daemon/test_process.py::test_a_terminal_that_closes_does_not_end_the_daemon",
    ),
    (
        "two daemons at once",
        "three are started together",
        "one serves, the others leave quietly",
        "tests/daemon/test_process.py::test_of_two_daemons_started_at_once_one_serves_and_the_other_leaves_quietly",
    ),
    (
        "viewer SIGKILL",
        "agents write",
        "the run goes on, the next viewer shows all of it",
        "tests/e2e/test_viewer.py::test_a_killed_viewer_stops_nothing_and_the_next_one_sees_it_all",
    ),
    (
        "viewer SIGSTOP",
        "it shows files",
        "back again, every cell is sent anew",
        "tests/tui/test_changed_output_sessions.py::test_back_from_ctrl_z_every_cell_is_sent_again_also_in_another_size",
    ),
    (
        "viewer stops reading",
        "events come",
        "it is let go at a bound, the others hear all",
        "tests/daemon/test_hub.py::test_a_viewer_that_does_not_read_is_let_go_and_the_others_hear_all",
    ),
    (
        "viewer stops reading",
        "any events, in any order",
        "what waits for it stays below the bound",
        "tests/daemon/test_backlog.py::test_a_viewer_that_stands_still_costs_no_more_than_the_bound",
    ),
    (
        "checking process SIGKILL",
        "it checks a text",
        "it is started again once, then the report says why it was not checked",
        "tests/services/grounding/test_checker.py::test_a_check_survives_one_death_and_says_so_after_the_second",
    ),
    (
        "file watcher SIGKILL",
        "files change",
        "it is started again once, then the screen says that changes are not seen",
        "tests/services/inventory/test_service.py::test_a_watcher_that_dies_is_restarted_once_and_its_second_death_is_told",
    ),
    (
        "file reader SIGKILL",
        "files are read",
        "it is started again once, then files say why they were not read",
        "tests/services/inventory/test_service.py::test_files_are_still_accounted_for_when_the_reader_dies_for_good",
    ),
    (
        "chimera run SIGTERM",
        "a run goes on",
        "it is cancelled and saved",
        "tests/commands/test_run.py::test_an_interrupt_cancels_the_run_and_waits_for_its_end",
    ),
]
