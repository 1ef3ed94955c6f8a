"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The sample data beside the checkout; tests that need it skip without it. Never write below it."""
    folder = Path(os.environ.get("CHIMERA_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "corpus").is_dir():
        pytest.skip("shared sample data is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones first, so that nobody waits for one of them alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
