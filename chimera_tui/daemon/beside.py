"""Work that goes on beside the daemon's until it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from typing import Any


def beside(stack: AsyncExitStack, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
    """Have this done until the stack is left, which cancels it and waits for that."""
    task = asyncio.create_task(work, name=name)

    async def cancelled() -> None:
        task.cancel()
        await asyncio.wait({task})

    stack.push_async_callback(cancelled)
    return task
