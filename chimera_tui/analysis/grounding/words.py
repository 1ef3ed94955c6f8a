"""Words of names and of prose in one spelling, and what they say: a quantity, a statistic, a kind of file."""

from __future__ import annotations

import re
from functools import lru_cache

from chimera_tui.domain.names import FileKind

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_WORD = re.compile(r"[a-zµ]+(?:\d+)?(?:[a-z]+)?|\d+[a-z]*|%|/")
_SAME = {
    "tok": "token", "toks": "token", "tokens": "token",
    "s": "second", "sec": "second", "secs": "second", "seconds": "second",
    "ms": "millisecond", "msec": "millisecond", "milliseconds": "millisecond",
    "avg": "mean", "average": "mean", "averages": "mean", "averaged": "mean", "averaging": "mean",
    "minimum": "min", "lowest": "min", "smallest": "min", "fastest": "fastest", "slowest": "slowest",
    "maximum": "max", "highest": "max", "peak": "max", "peaked": "max", "peaks": "max", "largest": "max",
    "std": "stdev", "stddev": "stdev", "sd": "stdev", "deviation": "stdev",
    "p50": "p50", "50th": "p50", "95th": "p95", "99th": "p99", "90th": "p90",
    "utilisation": "utilization", "util": "utilization", "usage": "utilization", "percent": "utilization",
    "pct": "utilization", "percentage": "utilization",
    "mem": "memory",
    "temp": "temperature", "temperatures": "temperature",
    "latencies": "latency", "percentiles": "percentile", "files": "file", "models": "model", "runs": "run",
    "requests": "request", "samples": "sample", "prompts": "prompt", "results": "result", "bytes": "byte",
    "durations": "duration", "times": "time", "rates": "rate", "loads": "load", "loading": "load",
    "tps": "tps", "throughputs": "throughput", "evaluation": "eval", "responses": "response",
    "counts": "count", "scores": "score", "accuracies": "accuracy", "losses": "loss", "speeds": "speed",
    "watts": "power", "watt": "power", "number": "count", "num": "count", "nr": "count",
}  # fmt: skip
STATISTICS = frozenset({"mean", "min", "max", "median", "stdev", "sum", "total", "p50", "p90", "p95", "p99"})
_FILLING = frozenset(
    (
        *("the", "a", "an", "of", "in", "for", "to", "and", "or", "per", "with", "by", "from", "at", "on", "as"),
        *("is", "are", "was", "were", "be", "been", "this", "that", "its", "it", "all", "each", "our", "their"),
        *("value", "values", "observed", "metric", "metrics", "result", "data", "dataset", "field", "overall"),
        *("csv", "json", "md", "markdown", "unit", "units", "reported", "measured", "recorded", "standard"),
        *("approximately", "about", "around", "roughly", "nearly", "only", "just", "shows", "show", "showing"),
        *("achieved", "reached", "consistently", "consistent", "demonstrate", "significant", "typical", "current"),
        *("high", "higher", "low", "lower", "good", "better", "best", "worst", "strong"),
    )
)


@lru_cache(maxsize=8192)
def words_of(text: str) -> tuple[str, ...]:
    """The words of a field name or of prose, singular and in one spelling: `avg_tokens_per_second` gives
    `mean token per second`."""
    found = _WORD.findall(_CAMEL.sub(" ", text).lower())
    return tuple(_SAME.get(word) or _singular(word) for word in found)


def _singular(word: str) -> str:
    plain = len(word) > 4 and word.endswith("s") and not word.endswith(("ss", "us", "is"))
    return word[:-1] if plain else word


@lru_cache(maxsize=8192)
def content_of(text: str) -> frozenset[str]:
    """Words that name what is measured: without fillers, statistics and units of time."""
    return frozenset(words_of(text)) - _FILLING - STATISTICS - {"per", "/", "%", "second", "millisecond"}


@lru_cache(maxsize=8192)
def statistic_of(text: str) -> str:
    """The statistic a text names: mean, min, max, median, stdev, p50, p95, …; empty when none or several."""
    words = words_of(text)
    found = {word for word in words if word in STATISTICS} - {"total", "sum"}
    if len(found) == 1:
        return found.pop()
    percentiles = {word for word in found if word[0] == "p" and word[1:].isdigit()}
    if len(percentiles) == 1 and found <= percentiles | {"mean"}:
        return percentiles.pop()
    return ""


@lru_cache(maxsize=8192)
def last_statistic(text: str) -> str:
    """The statistic that a text names last; empty when it names none."""
    for word in reversed(words_of(text)):
        if word in STATISTICS - {"total", "sum"} or (word[0] == "p" and word[1:].isdigit()):
            return word
    return ""


_QUANTITIES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (quantity, re.compile(pattern))
    for quantity, pattern in (
        ("ttft", r"\bttft\b|\bfirst token\b|\btime to first\b"),
        ("speedup", r"\bspeed ?up\b|\bimprovement\b|\bratio\b|\befficiency\b|\bfaster\b|\bslower\b"),
        (
            "rate",
            r"\btps\b|\bthroughput\b|\btoken (?:per |/ )?(?:second|minute)\b|\btoken rate\b|\bgeneration speed\b",
        ),
        ("fan", r"\bfan\b"),
        ("temperature", r"\bgpu temperature\b|\btemperature (?:c|celsius)\b"),
        ("power", r"\bpower\b"),
        ("clock", r"\bclock\b|\bfrequency\b"),
        ("memory", r"\bmemory\b"),
        ("gpu", r"\bgpu (?:\w+ )?(?:utilization|load)\b|\butilization gpu\b"),
        ("cpu", r"\bcpu (?:\w+ )?(?:utilization|load)\b|\bcpu$"),
        ("latency", r"\blatency\b"),
        ("load", r"\bload (?:\w+ )?(?:second|time|duration|millisecond)\b"),
        ("accuracy", r"\baccuracy\b|\bf1\b|\bloss\b|\bscore\b|\bquality\b"),
        ("size", r"\bsize\b|\bbyte\b"),
        ("tokens", r"\btoken\b|\beval count\b"),
        ("duration", r"\bduration\b|\btime\b|\belapsed\b|\bruntime\b|\bsecond\b|\bmillisecond\b"),
    )
)


@lru_cache(maxsize=8192)
def quantity_of(text: str) -> str:
    """What kind of thing a text measures: rate, ttft, latency, tokens, size, …; empty when it does not tell."""
    words = " ".join(words_of(text))
    return next((quantity for quantity, pattern in _QUANTITIES if pattern.search(words)), "")


_KINDS = {
    FileKind.CSV: re.compile(r"\bcsvs?\b", re.IGNORECASE),
    FileKind.JSON: re.compile(r"\bjsons?\b", re.IGNORECASE),
    FileKind.MD: re.compile(r"\bmarkdowns?\b|(?<![\w.])\.?mds?\b", re.IGNORECASE),
}


def kinds_in(text: str) -> dict[FileKind, int]:
    """Kinds of file that a text names, with the place of the last mention."""
    found: dict[FileKind, int] = {}
    for kind, pattern in _KINDS.items():
        for match in pattern.finditer(text):
            found[kind] = match.start()
    return found


_PREFIX = re.compile(r"^(?:json|csv|md|markdown)[_. ](?=\w)", re.IGNORECASE)
_INDEX = re.compile(r"\[\d*\]")
_NOT_NAME = re.compile(r"[^a-z0-9%/.]+")
_SAYS_NOTHING = frozenset(
    {"per", "/", "the", "of", "in", "for", "a", "value", "json", "csv", "observed", "measured", "result"}
)
_ALONE = frozenset({"ttft", "latency", "tps", "throughput", "p50", "p90", "p95", "p99"})


def name_key(name: str) -> str:
    """A name as it is compared: lower case, `_` for all that is no letter, without `json_` or `csv_` before it."""
    name = _PREFIX.sub("", name.strip(" `\"'"))
    return _NOT_NAME.sub("_", _INDEX.sub("", name).lower()).strip("_.")


def words_key(phrase: str) -> str:
    """Words of a name or phrase in any order, without its unit of time; empty when too few are left."""
    words = set(words_of(phrase)) - _SAYS_NOTHING
    if "token" not in words:
        words -= {"second", "millisecond"}
    return "~" + " ".join(sorted(words)) if len(words) > 1 or words & _ALONE else ""


def same_name(text: str) -> str:
    """Names of models and files as they are compared: `gemma3:1b` is `gemma3_1b`."""
    return _JOINTS.sub("-", text.lower())


_JOINTS = re.compile(r"[:_/\s]+")
