"""What holds of every reader of any input. HYPOTHESIS_PROFILE=thorough tries two thousand inputs of each."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.faults.hostile import WORDS
from tests.fuzz.targets import TARGETS

SLOW = ("journal", "import", "show", "show-run")
"""Each input takes a file; the corpus and `make fuzz` try them."""
THOROUGH = settings().max_examples >= 1_000

signs = st.sampled_from(
    [*WORDS, *'{}[]",:;|`#*-+_<>&()= \n\r\t\\0159.eE%', "null", "NaN", "١", "\ufeff", "data: ", "```\n"]
)
texts = st.one_of(st.text(max_size=80), st.lists(signs, max_size=40).map("".join))
inputs = st.one_of(st.binary(max_size=80), texts.map(lambda text: text.encode("utf-8", "surrogatepass")))


@pytest.mark.parametrize("name", [name for name in TARGETS if name not in SLOW])
@settings(max_examples=settings().max_examples if THOROUGH else 12)
@given(data=inputs)
def test_any_input_is_read_or_refused(name: str, data: bytes) -> None:
    TARGETS[name].check(data)
