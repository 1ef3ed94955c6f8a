"""Bytes as Go writes them."""

from __future__ import annotations

import pytest

from chimera_tui.simulator import golang


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ({"b": 1, "a": [True, None, "x"]}, '{"b":1,"a":[true,null,"x"]}'),
        ("<a & b> 'q'", "\"\\u003ca \\u0026 b\\u003e 'q'\""),
        ("\x1c\n\u2028\u0085é\ufffd", '"\\u001c\\n\\u2028\u0085é\ufffd"'),
        ([1e-5, 10_000.0, 0.5], "[0.00001,10000,0.5]"),
    ],
)
def test_json_is_written_as_by_go(value: object, written: str) -> None:
    assert golang.dumps(value) == written


def test_a_stamp_has_nanoseconds_without_trailing_zeros() -> None:
    at_ns = 1_795_282_240_000_000_000
    assert golang.timestamp(at_ns) == "2026-11-21T17:30:40Z"
    assert golang.timestamp(at_ns + 449_825_337) == "2026-11-21T17:30:40.449825337Z"
    assert golang.timestamp(at_ns + 626_369_170) == "2026-11-21T17:30:40.62636917Z"


@pytest.mark.parametrize(
    ("text", "seconds"), [("5m", 300), ("1h30m", 5400), ("-1s", -1), ("1.5s", 1.5), ("250ms", 0.25), ("0", 0)]
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert golang.parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-1", 'time: missing unit in duration "-1"'),
        ("", 'time: invalid duration ""'),
        ("soon", 'time: invalid duration "soon"'),
        ("5 x", 'time: unknown unit " x" in duration "5 x"'),
        (".s", 'time: invalid duration ".s"'),
    ],
)
def test_a_bad_duration_is_refused_in_gos_words(text: str, message: str) -> None:
    with pytest.raises(ValueError, match="time: ") as refusal:
        golang.parse_duration(text)
    assert str(refusal.value) == message
