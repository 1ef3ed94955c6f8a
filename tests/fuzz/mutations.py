"""Damage as files and servers know it: cut, torn, repeated, swapped, and words that mean something to a reader."""

from __future__ import annotations

import random

from tests.faults.hostile import LINE, WORDS

_WORDS = [word.encode() for word in (*WORDS, LINE)]
_WORDS += b"\n \r\n \0 \xff\xfe \xc2\x85 \xe2\x80\xa8 \xed\xa0\xbd \\ud83d".split(b" ")
_WORDS += b"null true NaN Infinity -0 1e400 -1e400 0x10 1_000 1,5".split(b" ")
_WORDS += b'" """ \' { } [ ] [[ , ; \t | |---| ` ``` < & &LT; \\'.split(b" ")
_WORDS += b"= # 9223372036854775808 1970-01-01T00:00:00Z 2026-13-99".split(b" ")
_WORDS += [b"9" * 400, b"[" * 3000, b'{"a":' * 2000, b"(" * 2000, b"> " * 300, b"- " * 300, b"a" * 20_000]
_WORDS += ["٣½１".encode(), b"<!-- chimera:end -->", b"\n---\n", b"\n## Metrics\n"]
MOST_BYTES = 60_000


def mutated(data: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """One to six changes of these bytes, some with parts of the others."""
    for _ in range(chance.randint(1, 6)):
        start = chance.randint(0, len(data))
        end = min(len(data), start + int(chance.expovariate(1 / 12)))
        match chance.randrange(9):
            case 0:
                data = data[:start]
            case 1:
                data = data[:start] + data[end:]
            case 2:
                data = data[:end] + data[start:end] * chance.choice((1, 2, 50)) + data[end:]
            case 3:
                data = data[:start] + chance.randbytes(chance.randint(1, 4)) + data[end:]
            case 4 if data:
                place = min(start, len(data) - 1)
                data = data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :]
            case 5:
                other = chance.choice(others)
                from_ = chance.randint(0, len(other))
                data = data[:start] + other[from_ : from_ + chance.randint(1, 400)] + data[end:]
            case _:
                data = data[:start] + chance.choice(_WORDS) + data[end:]
    return data[:MOST_BYTES]
