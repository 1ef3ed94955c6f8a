"""Fixtures that every test may use."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import pytest
from hypothesis import settings

# An example that takes long because the machine is busy is no fault. HYPOTHESIS_PROFILE=thorough tries eighty
# times as many.
settings.register_profile("busy machine", deadline=None, max_examples=25)
settings.register_profile("thorough", deadline=None, max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "busy machine"))

REPOSITORY = Path(__file__).resolve().parent.parent
LONG = ("commands", "daemon", "faults", "tui")
"""Folders whose tests start processes or screens."""


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
    """Files with slow tests first, so that nobody waits for one of them alone at the end; quick files last."""
    slow = {item.path for item in items if item.get_closest_marker("slow") is not None}
    items.sort(key=lambda item: (item.path not in slow, _folder(item) not in LONG))


def pytest_collection_finish() -> None:
    """Spend less on looking for garbage: what is imported by now stays, and screens leave much of it behind."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(REPOSITORY / "tests").parts[0]
