"""Faults of disks, files and clocks that are tested elsewhere."""

from __future__ import annotations

from tests.faults.table import Entry

_JOURNAL = "tests/services/journal/"
_INVENTORY = "tests/services/inventory/"

ELSEWHERE: list[Entry] = [
    (
        "disk full",
        "while the journal writes, at the kernel's own limit",
        "told once; every token is there when it takes again",
        f"{_JOURNAL}test_journal.py::test_a_disk_that_refuses_is_told_once_and_nothing_is_lost_when_it_takes_again",
    ),
    (
        "disk full",
        "while the log is copied into the journal",
        "the log stays until the disk has its copy",
        f"{_JOURNAL}test_checkpoint.py::test_a_log_stays_while_the_disk_does_not_confirm_its_copy_and_is_emptied_later",
    ),
    (
        "disk full",
        "while a campaign decides",
        "said, and nothing is half decided",
        f"{_JOURNAL}test_campaigns.py::test_what_the_disk_refuses_is_said_and_changes_nothing",
    ),
    (
        "disk full",
        "while a campaign goes on",
        "it waits, says why, and makes the runs that are missing when there is room",
        "tests/campaign/test_runner.py::test_it_waits_while_the_disk_takes_nothing_and_loses_nothing",
    ),
    (
        "disk full",
        "while reports are saved",
        "no half folder is left behind",
        "tests/services/test_report_store.py::test_a_write_that_stops_half_way_leaves_nothing_behind",
    ),
    (
        "disk full",
        "while a series goes on",
        "the series ends as incomplete and says why",
        "tests/daemon/test_series_retries.py::test_a_disk_that_takes_no_reports_ends_the_series",
    ),
    (
        "disk read-only",
        "neither place for reports can be written",
        "the error names both and says what to do",
        "tests/services/test_report_store.py::test_when_no_place_can_be_written_the_error_says_what_to_do",
    ),
    (
        "journal damaged",
        "it is no database at all",
        "it is kept under another name and said; a new one begins",
        f"{_JOURNAL}test_journal.py::test_a_damaged_file_is_set_aside_and_a_new_one_begun",
    ),
    (
        "journal locked",
        "while another journal is open",
        "the second one keeps runs in memory, says so, and leaves the file alone",
        f"{_JOURNAL}test_journal.py::test_a_journal_that_another_daemon_holds_is_left_alone",
    ),
    (
        "journal of another version",
        "an older one, when it is opened",
        "it gets its tables, and runs of before are there",
        f"{_JOURNAL}test_packing.py::test_a_journal_of_the_version_before_packing_is_opened_and_packed",
    ),
    (
        "journal of another version",
        "a newer one, when it is opened",
        "refused with both versions, and not touched",
        f"{_JOURNAL}test_journal.py::test_a_journal_of_a_newer_version_is_refused_and_not_touched",
    ),
    (
        "reports directory moved",
        "while nobody runs anything",
        "its files go from the list, and come when it is back",
        f"{_INVENTORY}test_service.py::test_a_root_that_goes_and_comes_back_is_followed",
    ),
    (
        "inotify exhausted",
        "no file handle is left when the watcher starts",
        "it looks instead, says which limit to raise, and sees new files",
        f"{_INVENTORY}test_watcher.py::test_without_file_handles_for_inotify_it_polls_and_says_what_to_raise",
    ),
    (
        "inotify exhausted",
        "no watch is left when the watcher starts",
        "it looks instead, says which limit to raise, and sees new files",
        f"{_INVENTORY}test_watcher.py::test_without_inotify_watches_it_polls_and_says_what_to_raise",
    ),
    (
        "clock stepped",
        "while tokens come in",
        "one stamp is taken from the read instead of the kernel; no stamp goes back",
        "tests/services/ollama/test_stamps.py::test_a_wall_clock_that_was_stepped_is_noticed_and_costs_one_stamp",
    ),
]
