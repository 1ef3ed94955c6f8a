"""What Go's standard library would write: JSON, time stamps and durations, as the real server sends them."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache

_encode_string = json.encoder.encode_basestring
_HTML = re.compile("[<>&\u2028\u2029]")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION_PART = re.compile(r"(\d*\.?\d*)([^\d.]*)")


def string(text: str) -> str:
    """A JSON string as `encoding/json` writes it: UTF-8 kept, controls and HTML's characters escaped."""
    quoted: str = _encode_string(text)
    return _HTML.sub(lambda found: f"\\u{ord(found[0]):04x}", quoted)


def dumps(value: object) -> str:
    """JSON without spaces, keys in the order given, numbers as Go prints them."""
    match value:
        case str():
            return string(value)
        case bool() | None:
            return json.dumps(value)
        case int():
            return str(value)
        case float():
            return _number(value)
        case Mapping():
            return "{" + ",".join(f"{string(str(key))}:{dumps(item)}" for key, item in value.items()) + "}"
        case Sequence():
            return "[" + ",".join(map(dumps, value)) + "]"
    raise TypeError(f"no JSON for {type(value).__name__}")


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e21:
        return str(int(value))
    if 1e-6 <= abs(value) < 1e-4:
        return f"{value:.12f}".rstrip("0")
    return repr(value)


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def timestamp(unix_ns: int) -> str:
    """UTC as RFC 3339 with nanoseconds, trailing zeros left out."""
    seconds, rest = divmod(unix_ns, 1_000_000_000)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{_second(seconds)}{fraction}Z"


def http_date() -> str:
    """The present as an HTTP `Date` header."""
    return format_datetime(datetime.fromtimestamp(int(time.time()), UTC), usegmt=True)


def parse_duration(text: str) -> float:
    """Seconds of a duration such as `5m` or `1h30m`.

    Raises ValueError with the message of Go's `time.ParseDuration`.
    """
    quoted = string(text)
    sign = -1.0 if text.startswith("-") else 1.0
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return 0.0
    if not body:
        raise ValueError(f"time: invalid duration {quoted}")
    total, at = 0.0, 0
    while at < len(body):
        part = _DURATION_PART.match(body, at)
        if part is None or not any(character.isdigit() for character in part[1]):
            raise ValueError(f"time: invalid duration {quoted}")
        if not part[2]:
            raise ValueError(f"time: missing unit in duration {quoted}")
        if part[2] not in _UNITS:
            raise ValueError(f"time: unknown unit {string(part[2])} in duration {quoted}")
        total += float(part[1]) * _UNITS[part[2]]
        at = part.end()
    return sign * total
