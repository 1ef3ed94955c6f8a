from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.services.ollama.frames import (
    Frame,
    FrameDecoder,
    FrameKind,
    StampSource,
    encode_frame,
    encode_lines,
)

_FRAMES = st.lists(
    st.builds(
        Frame,
        st.sampled_from(FrameKind),
        st.sampled_from(StampSource),
        st.integers(0, 2**63 - 1),
        st.binary(max_size=50),
    ),
    max_size=8,
)


@given(_FRAMES, st.integers(1, 40))
def test_frames_come_out_as_they_went_in_however_the_pipe_cuts_them(frames: list[Frame], step: int) -> None:
    wire = b"".join(encode_frame(kind, at_ns, payload, source) for kind, source, at_ns, payload in frames)
    decoder = FrameDecoder()
    got = [frame for start in range(0, len(wire), step) for frame in decoder.feed(wire[start : start + step])]
    assert got == frames


@given(_FRAMES)
def test_lines_are_frames_as_well(frames: list[Frame]) -> None:
    wire = b"".join(encode_lines((frame.payload, frame.at_ns, frame.source) for frame in frames))
    assert FrameDecoder().feed(wire) == [frame._replace(kind=FrameKind.LINE) for frame in frames]


def test_bytes_that_are_no_frames_are_noticed() -> None:
    with pytest.raises(ValueError, match="99"):
        FrameDecoder().feed(bytes([99]) + bytes(13))
