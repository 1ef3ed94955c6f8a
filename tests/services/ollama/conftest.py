from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.ollama.processes import children as running
from tests.support import wait_until


@pytest.fixture
def children(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """No child process of this test may be left, not even as a zombie, nor be reaped behind asyncio's back."""
    before = running()
    yield
    wait_until(lambda: not running() - before, "every child process to be reaped")
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
