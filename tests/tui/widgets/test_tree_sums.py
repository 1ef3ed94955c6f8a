"""Running sums against adding everything up anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.tui.widgets.tree_sums import RowSums

_SIZES = st.integers(1, 9)


@given(st.lists(_SIZES, max_size=20), st.integers(0, 20), st.lists(st.tuples(st.integers(0, 19), _SIZES)))
def test_sums_and_places_are_those_of_the_sizes_whatever_changed(
    sizes: list[int], known: int, changes: list[tuple[int, int]]
) -> None:
    sums = RowSums(sizes[:known])
    for size in sizes[known:]:
        sums.append(size)
    for place, size in changes:
        if place < len(sizes):
            sums.add(place, size - sizes[place])
            sizes[place] = size
    assert sums.total == sum(sizes)
    starts = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    assert [sums.before(place) for place in range(len(sizes) + 1)] == starts
    rows = [(place, starts[place]) for place, size in enumerate(sizes) for _ in range(size)]
    assert [sums.find(row) for row in range(sums.total)] == rows
