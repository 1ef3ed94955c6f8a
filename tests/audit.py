"""`make check` audits what is installed: pinned by hash, of the locked version, and without a known vulnerability.

The advisories are those of OSV. Without a network this part is left out and said, unless CHIMERA_AUDIT is
`required`; CHIMERA_AUDIT_URL names another service of the same kind.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

from tests.conftest import REPOSITORY

LOCKS = ("requirements.lock", "requirements-dev.lock")
SERVICE = "https://api.osv.dev"
TIMEOUT_S = 15.0
ACCEPTED: Mapping[str, str] = {}
"""Advisories that do not concern us, each with the reason."""
_PIN = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==(?P<version>[A-Za-z0-9.!+_-]+)( ;[^\\]*)?( \\)?")
_HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


class Pin(NamedTuple):
    name: str
    version: str


class NoAnswer(Exception):
    """The service can not be reached, or does not answer as it should."""


def read_lock(path: Path) -> tuple[set[Pin], list[str]]:
    """What a lock pins, and what is wrong with it: a line that is no version with its hashes lets something in."""
    pins: set[Pin] = set()
    problems: list[str] = []
    hashes = 1
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if _HASH.fullmatch(line):
            hashes += 1
            continue
        if not hashes:
            problems.append(f"{path.name}:{number - 1}: nothing says what that package must be (no sha256)")
        hashes = 1
        if (found := _PIN.fullmatch(line)) is not None:
            pins.add(Pin(found["name"], found["version"]))
            hashes = 0
        elif line.strip() and not line.startswith("#"):
            problems.append(f"{path.name}:{number}: neither a pinned version nor its hash: {line.strip()[:80]}")
    if not hashes:
        problems.append(f"{path.name}: its last package has no sha256")
    return pins, problems


def strangers(pins: set[Pin]) -> Iterator[str]:
    """Packages that are installed here in another version than those whose hashes were checked: a lock may hold
    several of one package, for several interpreters."""
    known: dict[str, set[str]] = {}
    for pin in pins:
        known.setdefault(_normal(pin.name), set()).add(pin.version)
    for found in importlib.metadata.distributions():
        name = _normal(found.metadata["Name"] or "")
        if name in known and found.version not in known[name]:
            locked = " or ".join(sorted(known[name]))
            yield f"{name} {found.version} is installed, {locked} is locked: run make clean"


def advisories(pins: set[Pin], service: str = SERVICE) -> dict[Pin, list[str]]:
    """Ids of what is known against these versions. Raises NoAnswer."""
    ordered = sorted(pins)
    queries = [{"package": {"name": pin.name, "ecosystem": "PyPI"}, "version": pin.version} for pin in ordered]
    request = urllib.request.Request(
        f"{service}/v1/querybatch",
        json.dumps({"queries": queries}).encode(),
        {"content-type": "application/json", "user-agent": "chimera-tui"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            results = json.load(answer)["results"]
        found = {
            pin: [str(each["id"]) for each in result.get("vulns", ())]
            for pin, result in zip(ordered, results, strict=True)
        }
    except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    return {pin: kept for pin, ids in found.items() if (kept := [each for each in ids if each not in ACCEPTED])}


def main(folder: Path = REPOSITORY) -> int:
    """0 when nothing is wrong, as far as it could be told; 1 when something is."""
    pins: set[Pin] = set()
    problems: list[str] = []
    for name in LOCKS:
        own, wrong = read_lock(folder / name)
        pins |= own
        problems += wrong
    problems += strangers(pins)
    audited = f"{len(pins)} locked packages"
    try:
        known = advisories(pins, os.environ.get("CHIMERA_AUDIT_URL", SERVICE))
        problems += [f"{pin.name} {pin.version}: {', '.join(ids)}; run make lock" for pin, ids in known.items()]
    except NoAnswer as error:
        audited += " (their hashes and versions; the advisories could not be asked)"
        told = f"not audited against advisories: {error}"
        if os.environ.get("CHIMERA_AUDIT") == "required":
            problems.append(told)
        else:
            print(told, file=sys.stderr)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"audit: {audited}, {len(problems) or 'no'} problem{'' if len(problems) == 1 else 's'}")
    return 1 if problems else 0


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main())
