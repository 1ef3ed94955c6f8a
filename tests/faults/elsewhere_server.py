"""Faults of a server that are tested elsewhere."""

from __future__ import annotations

from tests.faults.table import Entry

ELSEWHERE: list[Entry] = []
