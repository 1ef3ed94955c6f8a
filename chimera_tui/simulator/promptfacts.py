"""The facts of a prompt, read loosely: counts of files, folders, dates, and numbers with name, unit and file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_NUMBER = r"-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?"
_PAIR = re.compile(rf"\b(n|count|min|mean|avg|median|max|value)\s*[=:]\s*({_NUMBER})", re.IGNORECASE)
_PLAIN = re.compile(rf"^[\s\-*·•]*([A-Za-z][\w ./%()-]{{1,60}}?)\s*[:=]\s*({_NUMBER})\s*([^\s,;]{{0,12}})\s*$")
_PATH = re.compile(r"[\w./@+-]+\.(?:csv|json|md)\b")
_HEADED = re.compile(r"^\[(?P<path>[^\]]+)\]")
_TOTAL = re.compile(r"^\W*(?:total )?files\b[^:\d]*:?\s*(\d[\d,]*)", re.IGNORECASE)
_KIND = re.compile(r"(\d[\d,]*)\s+(csv|json|md)\b", re.IGNORECASE)
_FOLDER = re.compile(r"^- (?P<name>[^:]+): \d[\d,]* (?:csv|json|md)\b")
_STAMP = r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?(?: ?UTC|Z)?)?"
_LATEST_OF = re.compile(rf"\b(csv|json|md) ({_STAMP})")
_ROW = re.compile(rf"^\| (csv|json|md) \| (\d[\d,]*) \| ([\d.]+) % \|.*?\| ({_STAMP}) \|$")
_SHARE_OF = re.compile(r"\d[\d,]*\s+(csv|json|md) = ([\d.]+) %")
_BULLETS = " \t-*·•:"
_COUNTED = ("Folders:", "Files that could not be read whole:")
_LONGEST_NAME = 44
_FACTS_END = "=== facts end ==="


class Topic(StrEnum):
    """What a number is about."""

    THROUGHPUT = "throughput"
    TTFT = "TTFT"
    LATENCY = "latency"
    MEMORY = "memory"
    OTHER = "setting"


_TOPICS = (
    (Topic.TTFT, re.compile(r"ttft|first[_ ]token", re.IGNORECASE)),
    (
        Topic.THROUGHPUT,
        re.compile(r"tok(?:en)?s?[_ /]?(?:per[_ ]|/)s|throughput|tokens_s|tps|token_rate", re.IGNORECASE),
    ),
    (Topic.MEMORY, re.compile(r"vram|mem|gib|\bgb\b|\bmb\b|bytes", re.IGNORECASE)),
    (Topic.LATENCY, re.compile(r"latency|duration|elapsed|time|(?:_| )m?s$|p\d\d", re.IGNORECASE)),
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a file, with its values as they were printed."""

    name: str
    path: str
    unit: str
    topic: Topic
    mean: str
    low: str
    high: str
    count: str

    @property
    def tells(self) -> bool:
        """Worth quoting: a short name, and not zero throughout as after a failed run."""
        return len(self.name) <= _LONGEST_NAME and not self.is_zero

    @property
    def is_zero(self) -> bool:
        return _float(self.low) == _float(self.high) == 0

    @property
    def varies(self) -> bool:
        return self.low != self.high

    @property
    def values(self) -> int:
        """How many values it summarises."""
        return int(_float(self.count))

    def spread(self) -> float:
        """Maximum over minimum; 1 where that means nothing."""
        low, high = _float(self.low), _float(self.high)
        return high / low if low > 0 and high > 0 else 1.0


@dataclass(frozen=True, slots=True)
class PromptFacts:
    """What a prompt tells about a reports directory."""

    total: str | None
    kinds: tuple[tuple[str, str], ...]
    """Type and count, as printed."""
    folders: tuple[str, ...]
    latest: tuple[tuple[str, str], ...]
    """Type and time of its latest change."""
    paths: tuple[str, ...]
    figures: tuple[Figure, ...]
    unreadable: tuple[str, ...]
    shares: tuple[tuple[str, str], ...] = ()
    """Type and its share of all files in percent, as printed."""

    def about(self, *topics: Topic) -> list[Figure]:
        return [figure for figure in self.figures if figure.topic in topics]

    def __bool__(self) -> bool:
        return bool(self.total or self.figures or self.paths)


def read_facts(prompt: str) -> PromptFacts:
    """Everything that looks like a fact, in the order of the prompt."""
    text = prompt.partition(_FACTS_END)[0]
    total: str | None = None
    kinds: dict[str, str] = {}
    latest: dict[str, str] = {}
    shares: dict[str, str] = {}
    folders: list[str] = []
    figures: list[Figure] = []
    unreadable: list[str] = []
    paths: dict[str, None] = {}
    path, troubled = "", False
    for line in text.splitlines():
        if (found := _TOTAL.match(line)) and total is None:
            total = found[1]
            kinds = {kind.lower(): count for count, kind in _KIND.findall(line)}
            shares = dict(_SHARE_OF.findall(line))
        if row := _ROW.match(line):
            shares[row[1]], latest[row[1]] = row[3], row[4]
        if "modified" in line.lower():
            latest = dict(_LATEST_OF.findall(line)) or latest
        troubled = line.startswith("Files that could not be read") or (troubled and line.startswith("- "))
        if troubled and line.startswith("- "):
            unreadable.append(line[2:].partition(":")[0])
        elif found := _FOLDER.match(line):
            folders.append(found["name"])
            continue
        if headed := _HEADED.match(line):
            path = headed["path"]
        named = [headed["path"]] if headed else _PATH.findall(line)
        paths.update(dict.fromkeys(named))
        if figure := _figure(line, named[0] if named else path):
            figures.append(figure)
    return PromptFacts(
        total, tuple(kinds.items()), tuple(folders), tuple(latest.items()), tuple(paths), tuple(figures),
        tuple(unreadable), tuple(shares.items()),
    )  # fmt: skip


def _figure(line: str, path: str) -> Figure | None:
    pairs = list(_PAIR.finditer(line))
    values = {pair[1].lower(): pair[2] for pair in pairs}
    mean = values.get("mean") or values.get("avg") or values.get("value") or values.get("median")
    if mean is not None:
        name = line[: pairs[0].start()].strip(_BULLETS)
        name = _PATH.sub("", name.rpartition(" › ")[2]).strip(_BULLETS) or "value"
        unit = line[pairs[-1].end() :].strip(" ,;·")[:12]
        low, high = values.get("min", mean), values.get("max", mean)
        return Figure(name, path, unit, _topic(name, unit), mean, low, high, values.get("n", "1"))
    plain = _PLAIN.match(line)
    if plain is None or _TOTAL.match(line) or line.startswith(_COUNTED):
        return None
    name, value, unit = plain[1], plain[2], plain[3]
    return Figure(name, path, unit, _topic(name, unit), value, value, value, "1")


def _topic(name: str, unit: str) -> Topic:
    text = f"{name} {unit}"
    return next((topic for topic, pattern in _TOPICS if pattern.search(text)), Topic.OTHER)


def _float(text: str) -> float:
    return float(text.replace(",", ""))
