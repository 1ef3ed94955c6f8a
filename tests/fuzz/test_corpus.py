"""A little fuzzing in every run of the suite, always the same; `make fuzz` goes on where this ends."""

from __future__ import annotations

import random

import pytest

from tests.fuzz.mutations import mutated
from tests.fuzz.targets import CORPUS, TARGETS

_TRIED = 8


@pytest.mark.parametrize("name", TARGETS)
def test_damaged_input_is_read_or_refused(name: str) -> None:
    """What once failed, the undamaged seeds, and a few inputs that are damaged at random."""
    target, chance = TARGETS[name], random.Random(name)
    inputs = target.inputs()
    for data in inputs:
        target.check(data)
    for _ in range(_TRIED):
        target.check(mutated(chance.choice(inputs), inputs, chance))


def test_every_folder_of_the_corpus_has_its_target() -> None:
    assert {path.name for path in CORPUS.iterdir()} <= set(TARGETS)


def test_damage_is_the_same_for_the_same_seed_and_changes_something() -> None:
    seeds = [b"0123456789" * 9, b"other"]
    once, again = ([mutated(seeds[0], seeds, random.Random(n)) for n in range(50)] for _ in range(2))
    assert once == again
    assert sum(data != seeds[0] for data in once) > 45
