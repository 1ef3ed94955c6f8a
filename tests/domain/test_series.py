from __future__ import annotations

from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.series import SeriesEnded, SeriesWaits, fault_of
from chimera_tui.domain.wire import decode_event, encode_event

DOWN = ErrorInfo("server_unreachable", "no answer", "http://127.0.0.1:9", "Is Ollama running there?")
MISSING = ErrorInfo("model_not_found", "the server has no model x", "", "It has y.")


def test_a_fault_that_no_try_heals_comes_before_one_that_may() -> None:
    assert fault_of([DOWN, None, MISSING]) is MISSING
    assert fault_of([None, DOWN]) is DOWN
    assert fault_of([None]) is None


def test_the_end_of_a_series_is_told_in_one_line() -> None:
    end = SeriesEnded("s3ries", "incomplete", 3, 1000, 1, MISSING)
    assert end.sentence() == (
        "series s3ries is incomplete: 3 of 1000 runs measured, 1 failed: "
        "the server has no model x. It has y. Repeating can not heal that."
    )
    assert (
        SeriesEnded("s3ries", "cancelled", 3, 5, 0).sentence()
        == "series s3ries is cancelled: 3 of 5 runs measured."
    )
    assert SeriesEnded("s3ries", "done", 1, 1, 0).sentence() == "series s3ries is done: 1 of 1 run measured."


def test_both_events_travel() -> None:
    for event in (SeriesWaits("s3ries", DOWN, 1, 5, 2.0, 7), SeriesEnded("s3ries", "incomplete", 3, 5, 1, DOWN)):
        assert decode_event(encode_event(event)) == event
