"""Faults of a server that are tested elsewhere."""

from __future__ import annotations

from tests.faults.table import Entry

_STREAM = "tests/services/ollama/test_stream.py"
_CLIENT = "tests/services/ollama/test_client.py"
_OLDER = "tests/services/ollama/test_older_servers.py"
_SERIES = "tests/daemon/test_series_retries.py"
_CAMPAIGN = "tests/daemon/test_campaign_faults.py"
_RUN = "tests/commands/test_run.py"
_RETRIES = "tests/commands/test_run_retries.py"
_NAMED = "each fault has its own error, with what to do"

ELSEWHERE: list[Entry] = [
    (
        "server refuses",
        "`chimera run`",
        "one line names the server and what to do; exit code 1",
        f"{_RUN}::test_a_server_that_is_down_fails_the_run_and_is_named",
    ),
    (
        "server refuses",
        "`chimera run --repeat 1000`",
        "five tries with growing pauses, then incomplete with its counts",
        f"{_RETRIES}::test_a_dead_server_ends_a_series_of_a_thousand_after_five_runs",
    ),
    (
        "server refuses",
        "`chimera doctor`",
        "fails with what to do",
        "tests/commands/test_doctor.py::test_a_server_that_is_down_fails_with_what_to_do",
    ),
    (
        "server refuses",
        "all through a series",
        "five tries, then the series ends as incomplete; nothing goes on",
        f"{_SERIES}::test_a_dead_port_ends_the_series_after_so_many_failures",
    ),
    (
        "server refuses",
        "a campaign begins",
        "it waits, says for which server, and goes on when it is there",
        f"{_CAMPAIGN}::test_a_server_that_is_down_at_the_start_is_waited_for",
    ),
    (
        "server refuses",
        'a campaign begins, `when_down = "skip"`',
        "the cells of that server are left out, and that is said",
        f"{_CAMPAIGN}::test_a_server_that_is_down_leaves_its_cells_out_if_the_file_says_so",
    ),
    (
        "server dies",
        "in the middle of a line",
        "every whole line before it is kept",
        f"{_STREAM}::test_a_connection_cut_in_the_middle_of_a_line_keeps_what_was_whole",
    ),
    (
        "server dies",
        "after the request, before an answer",
        "told as a cut stream",
        f"{_STREAM}::test_a_server_that_closes_without_an_answer_cut_the_stream",
    ),
    (
        "server dies",
        "at any moment of a campaign, SIGKILL",
        "every run that was asked for is made once; none is counted twice",
        "tests/e2e/test_campaign_survives.py::test_a_campaign_survives_what_is_killed",
    ),
    (
        "server dies",
        "as a real Ollama was recorded to, captures",
        "what came is kept and the break is named",
        "tests/services/ollama/test_captures.py::test_a_broken_stream_keeps_what_came_and_names_the_break",
    ),
    (
        "server restarts",
        "in the middle of a series of 30",
        "30 runs are done, each once; the failed ones are kept beside them",
        f"{_SERIES}::test_a_server_that_stops_and_starts_again_costs_a_pause_and_no_run",
    ),
    (
        "server restarts",
        "between two questions on a kept connection",
        "the question is asked again",
        f"{_CLIENT}::test_a_kept_connection_that_a_restart_has_closed_is_made_anew",
    ),
    (
        "server answers 503",
        "once in a series",
        "the next try makes the run",
        f"{_SERIES}::test_what_a_server_does_once_is_healed_by_the_next_try",
    ),
    (
        "server answers 500",
        "out of memory, once in a campaign",
        "the failed run is told, and made again",
        f"{_CAMPAIGN}::test_a_run_that_failed_is_told_and_made_again",
    ),
    (
        "server answers 404",
        "`chimera run` with a model that is not there",
        "the models that exist are named",
        f"{_RUN}::test_an_unknown_model_fails_and_those_that_exist_are_named",
    ),
    (
        "server answers 404",
        "for ever, in a campaign",
        "the cell is given up with its reason, the others are made",
        f"{_CAMPAIGN}::test_a_cell_that_fails_for_ever_is_given_up_and_the_others_are_made",
    ),
    (
        "server answers 404",
        "asked what it has loaded, as old servers do",
        "unknown, and the run is done",
        f"{_OLDER}::test_a_run_on_a_server_that_tells_nothing_of_itself_is_done",
    ),
    (
        "server answers 404",
        "any status to any question, with any body",
        _NAMED,
        f"{_CLIENT}::test_a_status_is_an_error_of_ours_whatever_its_body",
    ),
    (
        "server sends garbage",
        "in place of HTTP",
        "named as such",
        f"{_STREAM}::test_what_is_not_http_is_named_as_such",
    ),
    (
        "server sends garbage",
        "a line that is no JSON object, 100,000 brackets deep as well",
        "named as such, behind the text before it",
        f"{_STREAM}::test_lines_that_are_not_json_objects_are_named_as_such",
    ),
    (
        "server sends half a line",
        "cut at any byte by the network",
        "the answer is the same",
        "tests/services/ollama/test_channel.py::test_an_answer_is_the_same_wherever_the_network_cuts_it",
    ),
    (
        "server sends a megabyte line",
        "without an end",
        "an error at 16 MiB, not all the memory",
        f"{_STREAM}::test_a_line_without_end_is_an_error_not_all_the_memory",
    ),
    (
        "server sends no done line",
        "each kind of broken stream, through the reader",
        _NAMED,
        "tests/services/ollama/test_simulator.py::test_every_fault_is_named",
    ),
    (
        "server sends U+0085",
        "in a line of the stream",
        "it is content and ends no line",
        f"{_STREAM}::test_line_breaks_of_unicode_are_content",
    ),
    (
        "server sends invalid UTF-8",
        "in a line, and lone surrogates",
        "they become replacement characters",
        f"{_STREAM}::test_invalid_utf8_and_lone_surrogates_become_replacement_characters",
    ),
    (
        "server sends wrong types",
        "its counters",
        "not reported rather than wrong",
        "tests/services/ollama/test_answer.py::test_a_counter_that_is_no_count_is_not_reported",
    ),
    (
        "server leaves fields out",
        "of the models it has loaded",
        "unknown or told in part",
        f"{_OLDER}::test_what_is_loaded_is_unknown_or_told_in_part",
    ),
]
