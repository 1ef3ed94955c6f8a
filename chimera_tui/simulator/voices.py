"""What each model writes: reports from the prompt's facts, or the gibberish of random weights."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass

from chimera_tui.simulator.models import Voice
from chimera_tui.simulator.tokens import Piece, pieces
from chimera_tui.simulator.writer import thoughts, write

REPEAT_GUARD_TOKENS = 31
"""After so many equal tokens the server gives up."""
_SYLLABLES = ("vi", "tu", "so", "ra", "el", "lo", "ka", "mi", "an", "ne")
_BROKEN = "\ufffd"


def seeded(seed: int, *texts: str) -> random.Random:
    """A generator that depends on the seed and the texts only."""
    digest = hashlib.sha256("\0".join((str(seed), *texts)).encode("utf-8", "replace")).digest()
    return random.Random(digest)


_DRIFT = "шрифта в отчете, чтобы обеспечить профессиональный вид.\n\n"
"""What a real model began an English report with."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a model of the reporting kind writes."""

    think: bool = False
    invent: float = 0.0
    """The share of its numbers that are wrong, 0…1."""
    drift: bool = False
    """Whether it begins in another script."""


def speak(voice: Voice, system: str, prompt: str, rng: random.Random, manner: Manner) -> Iterator[Piece]:
    """The pieces of one answer; endless for the gibberish of random weights."""
    match voice:
        case Voice.SYLLABLES:
            yield Piece(f"{_BROKEN}{_word(rng)}", 2)
            yield from _gibberish(rng)
        case Voice.NEXT_LINE:
            while True:
                yield from (Piece(_word(rng)) for _ in range(9))
                yield Piece("x\u0085y")
        case Voice.REPEATS:
            yield from (Piece(" kakara") for _ in range(REPEAT_GUARD_TOKENS))
        case Voice.REPORT:
            if manner.think:
                yield from pieces(thoughts(system, prompt, rng), thinking=True)
            if manner.drift:
                yield from pieces(_DRIFT)
            yield from pieces(write(system, prompt, rng, manner.invent))


def _word(rng: random.Random) -> str:
    return " " + "".join(rng.choices(_SYLLABLES, k=3))


def _gibberish(rng: random.Random) -> Iterator[Piece]:
    while True:
        draw = rng.random()
        if draw < 0.06:
            yield Piece(f"{_BROKEN}{_word(rng)}", 2)
        elif draw < 0.15:
            yield Piece(rng.choice(("k", ";", "0", "\x1c", _BROKEN, "-]")))
        else:
            yield Piece(_word(rng))
