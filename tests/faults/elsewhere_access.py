"""Who is kept out, and bounds, as they are tested elsewhere."""

from __future__ import annotations

from tests.faults.table import Entry

ELSEWHERE: list[Entry] = [
    (
        "another user",
        "a daemon has started",
        "socket, journal and log are 0600, in folders of 0700",
        "tests/daemon/test_process.py::test_socket_log_and_folders_are_their_owners_alone",
    ),
    (
        "folder open to others",
        "a daemon is started",
        "it is refused with what to do",
        "tests/daemon/test_process.py::test_an_open_runtime_folder_is_refused_with_what_to_do",
    ),
    (
        "folder that is a link",
        "a daemon is started",
        "it is refused, wherever it leads",
        "tests/client/test_places.py::test_a_symlink_is_refused_even_to_a_private_folder",
    ),
    (
        "lock that is a link",
        "a daemon is started",
        "it is not followed, nothing is made behind it",
        "tests/daemon/test_claim.py::test_a_lock_that_is_a_symlink_is_not_followed",
    ),
    (
        "a module in the working directory",
        "a daemon is started there",
        "it is not imported",
        "tests/daemon/test_process.py::test_a_module_in_the_working_directory_is_not_imported_by_the_daemon",
    ),
    (
        "a false server over https",
        "a stream",
        "its certificate is refused before anything is sent",
        "tests/services/ollama/test_secure.py::test_a_certificate_that_nobody_vouches_for_is_refused",
    ),
    (
        "a proxy variable of the environment",
        "a question",
        "it reroutes nothing",
        "tests/services/ollama/test_client.py::test_proxy_variables_do_not_reroute_questions",
    ),
    (
        "API key",
        "the server's own environment is kept with a run",
        "names that sound like secrets are left out",
        "tests/services/surroundings/test_ollama_process.py::test_secrets_are_left_out",
    ),
    (
        "a path out of the reports",
        "any text as a path",
        "none leads out",
        "tests/services/inventory/test_roots.py::test_no_path_ever_leads_out",
    ),
    (
        "a link out of the reports",
        "the folder is listed",
        "it is shown for what it is",
        "tests/services/inventory/test_scan.py::test_links_are_shown_for_what_they_are",
    ),
    (
        "a link out of the reports",
        "its rows are plotted",
        "links are followed inside only",
        "tests/services/inventory/test_growth_service.py::test_links_are_followed_inside_the_reports_only",
    ),
    (
        "a lock that was tampered with",
        "the tests run",
        "every requirement has a SHA-256",
        "tests/test_repository.py::test_every_locked_requirement_has_a_hash",
    ),
    (
        "a file beyond a limit",
        "JSON 100,000 levels deep",
        "it is cut, or not read, without recursion",
        "tests/services/inventory/test_facts_json.py::test_deep_nesting_is_cut_and_said_without_recursion",
    ),
    (
        "a file beyond a limit",
        "10,000 columns are plotted",
        "those with a unit are kept, the others counted",
        "tests/services/inventory/test_growth_csv.py::test_of_ten_thousand_columns_those_with_a_unit_are_kept",
    ),
    (
        "a file beyond a limit",
        "it is previewed",
        "that it is cut is told",
        "tests/tui/screens/test_preview.py::test_truncation_is_told",
    ),
    (
        "a campaign of a million points",
        "it is planned",
        "they are counted and refused before any is made",
        "tests/campaign/test_matrix.py::test_a_million_points_are_counted_and_refused_before_any_is_made",
    ),
    (
        "viewer stops reading",
        "events come without end",
        "it costs no more than its bound, then it is let go",
        "tests/daemon/test_backlog.py::test_a_viewer_that_stands_still_costs_no_more_than_the_bound",
    ),
]
