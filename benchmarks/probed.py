"""Runs a Textual program with a probe of its event loop: `python -m benchmarks.probed MODULE [ARGUMENT …]`.

Calls `main()` of MODULE. Every 5 ms the probe notes by how much the loop called it too late; the rows
`[monotonic ns, lag ns]` are written as JSON into the file that CHIMERA_BENCH_LAG names when the program ends.
Nothing in the product knows of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from array import array
from collections.abc import Coroutine
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

EVERY_S = 0.005
LAG_FILE = "CHIMERA_BENCH_LAG"
_plain_run = asyncio.run


async def _sample(rows: array[int]) -> None:
    while True:
        due_ns = time.monotonic_ns() + int(EVERY_S * 1e9)
        await asyncio.sleep(EVERY_S)
        now_ns = time.monotonic_ns()
        rows.append(now_ns)
        rows.append(max(0, now_ns - due_ns))


def _probed_run(out: Path) -> Any:
    async def beside(main: Coroutine[Any, Any, Any], rows: array[int]) -> Any:
        probe = asyncio.create_task(_sample(rows))
        try:
            return await main
        finally:
            probe.cancel()
            with suppress(asyncio.CancelledError):
                await probe

    def run(main: Coroutine[Any, Any, Any], **options: Any) -> Any:
        rows = array("q")  # no objects that a garbage collection would have to look at
        try:
            return _plain_run(beside(main, rows), **options)
        finally:
            out.write_text(json.dumps(list(zip(rows[::2], rows[1::2], strict=True))))

    return run


def main() -> int:
    asyncio.run = _probed_run(Path(os.environ.pop(LAG_FILE)))
    module = sys.argv[1]
    del sys.argv[1]
    code: int = import_module(module).main()
    return code


if __name__ == "__main__":
    sys.exit(main())
