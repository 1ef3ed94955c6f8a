"""Keys and numbers of a JSON document: numeric leaves by path, lists of samples put together."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field

from chimera_tui.domain.limits import DEFAULTS, Limits
from chimera_tui.services.inventory.facts_csv import Parts
from chimera_tui.services.inventory.units import cell_unit, summarise, unit_of

_NUMBER_CUT = re.compile(r"[-.]|\.?[eE][-+]?")
_UNFINISHED = ("true", "false", "null", "NaN", "Infinity", "-Infinity")


@dataclass(slots=True)
class _Found:
    most_names: int
    values: dict[str, list[float]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    endless: int = 0
    left_out: int = 0
    """Numbers of more keys than are kept."""
    too_deep: bool = False


def read_json(text: str, limits: Limits = DEFAULTS) -> Parts:
    """Numeric leaves by path, indices folded to `[]` (`runs[].ttft_s`). Booleans, NaN and text are no numbers."""
    parts = Parts()
    document, problem = load_json(text)
    if problem:
        parts.problems.append(problem)
        return parts
    parts.rows = len(document) if isinstance(document, dict | list) else 1
    found = _collect(document, limits)
    parts.names = tuple(found.names)
    _fold(found, parts, limits)
    return parts


def load_json(text: str) -> tuple[object, str]:
    """A document, NaN and infinity as None, and why there is none."""
    if not text.strip():
        return None, "empty file"
    try:
        return json.loads(text, parse_constant=_not_a_number), ""
    except json.JSONDecodeError as error:
        what = "half-written JSON" if _stops_early(error) else "not valid JSON"
        return None, f"{what}: line {error.lineno}, column {error.colno}"
    except RecursionError:
        return None, "JSON nested too deeply to be read"
    except ValueError:  # Python refuses to convert integers of more than 4,300 digits
        return None, "JSON with a number of thousands of digits, not read"


def too_deep(limits: Limits) -> str:
    return f"nested deeper than {limits.json_depth} levels: the rest left out (limits.json_depth)"


def _not_a_number(_literal: str) -> None:
    return None


def _stops_early(error: json.JSONDecodeError) -> bool:
    """Whether the document ends too soon, as a file does that is still being written."""
    rest = error.doc[error.pos :].strip()
    if not rest or error.msg.startswith("Unterminated string"):
        return True
    if error.msg.startswith("Invalid \\"):
        return len(rest) < 6 and "\n" not in rest and '"' not in rest
    return _NUMBER_CUT.fullmatch(rest) is not None or any(literal.startswith(rest) for literal in _UNFINISHED)


def _collect(document: object, limits: Limits) -> _Found:
    """Every leaf in the order of the document, without recursion."""
    found, deepest = _Found(limits.columns), limits.json_depth
    waiting: list[tuple[str, object, int, str]] = [("", document, 0, "")]
    while waiting:
        path, value, depth, unit = waiting.pop()
        if isinstance(value, dict):
            if depth >= deepest:
                found.too_deep = True
                continue
            written = value.get("unit", value.get("units"))
            unit = cell_unit(written) if isinstance(written, str) else ""
            waiting.extend(
                (f"{path}.{key}" if path else key, item, depth + 1, unit) for key, item in reversed(value.items())
            )
        elif isinstance(value, list):
            if depth >= deepest:
                found.too_deep = True
                continue
            inside = f"{path}[]"
            waiting.extend((inside, item, depth + 1, unit) for item in reversed(value))
        else:
            _leaf(found, path or "value", value, unit)
    return found


def _leaf(found: _Found, path: str, value: object, unit: str) -> None:
    if len(found.names) < found.most_names:
        found.names[path] = None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        found.endless += 1
        return
    values = found.values.get(path)
    if values is None and len(found.values) >= found.most_names:
        found.left_out += 1
        return
    if values is None:
        found.values[path] = values = []
        found.units[path] = unit_of(path) or unit
    values.append(number)


def _fold(found: _Found, parts: Parts, limits: Limits) -> None:
    fields = [summarise(path, values, found.units[path]) for path, values in found.values.items()]
    if found.left_out:
        what = (
            f"{found.left_out:,} numbers of more than {limits.columns:,} different keys left out (limits.columns)"
        )
        parts.problems.append(what)
    parts.fields = tuple(fields)
    if found.endless:
        parts.problems.append(f"{found.endless} numbers too large to hold, skipped")
    if found.too_deep:
        parts.problems.append(too_deep(limits))
