"""Hostile text that is tried by tests of the parts: their fault, moment, what must hold, and where."""

from __future__ import annotations

FAULT = "hostile text"
CONTROLS = "controls are spelled out"

ELSEWHERE = [
    (
        FAULT,
        "in a pane, as it is written",
        "it is text of that pane",
        "tests/tui/widgets/test_live_pane.py::test_markup_and_control_sequences_in_the_text_stay_text",
    ),
    (
        FAULT,
        "any characters, cut anywhere, at any width",
        "lines fit and hold no control",
        "tests/tui/markdown/test_blocks.py::test_any_text_gives_lines_that_fit_and_hold_no_control",
    ),
    (
        FAULT,
        "console markup in Markdown",
        "it is text",
        "tests/tui/markdown/test_render.py::test_console_markup_is_text",
    ),
    (
        FAULT,
        "a file's content in its preview",
        CONTROLS,
        "tests/tui/screens/test_preview.py::test_hostile_content_is_text",
    ),
    (
        FAULT,
        "names, problems and JSON strings in a preview",
        CONTROLS,
        "tests/tui/screens/test_preview.py::test_hostile_names_problems_and_json_strings_are_text",
    ),
    (
        FAULT,
        "names and states in the tree",
        CONTROLS,
        "tests/tui/widgets/test_inventory_tree.py::test_hostile_names_and_states_are_text",
    ),
    (
        FAULT,
        "wide and combined characters, in two emulators",
        "no cell moves",
        "tests/tui/test_changed_output_sessions.py::test_a_session_shows_the_same_after_every_update",
    ),
    (
        FAULT,
        "an error of a server",
        CONTROLS,
        "tests/services/ollama/test_failures.py::test_a_huge_text_with_control_sequences_is_cut_and_harmless",
    ),
    (
        FAULT,
        "an error line within an answer",
        CONTROLS,
        "tests/services/ollama/test_stream.py::test_an_error_line_comes_after_what_was_written",
    ),
    (
        FAULT,
        "a report's or a campaign's HTML page",
        "no text is markup",
        "tests/formats/test_campaign_html.py::test_nothing_is_run_or_loaded_and_no_text_becomes_markup",
    ),
    (
        FAULT,
        "a model's text is saved",
        "nothing is active, all of it comes back",
        "tests/formats/test_inert.py::test_nothing_is_active_and_all_of_it_comes_back",
    ),
    (
        FAULT,
        "a model's text holds our marks and headings",
        "it is read back as it was",
        "tests/formats/test_agent_report.py::test_what_is_written_is_read_back_whatever_the_model_wrote",
    ),
    (
        FAULT,
        "a file's name in a prompt",
        "it can not end the facts",
        "tests/engine/test_factsheet.py::test_no_name_can_end_the_fact_block_or_start_a_line",
    ),
    (
        FAULT,
        "damaged input for every reader",
        "a sentence or a value, no other error",
        "tests/fuzz/test_corpus.py::test_damaged_input_is_read_or_refused",
    ),
    (
        FAULT,
        "any bytes for every reader",
        "a sentence or a value, no other error",
        "tests/fuzz/test_properties.py::test_any_input_is_read_or_refused",
    ),
    (
        FAULT,
        "events of runs, in any order",
        "all come back over closing and opening",
        "tests/services/journal/test_properties.py::test_every_event_comes_back_over_closing_and_opening",
    ),
]
