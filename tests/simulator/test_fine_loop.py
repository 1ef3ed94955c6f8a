"""Sleeps of the simulator's loop: not rounded to whole milliseconds, and interrupted by what arrives."""

from __future__ import annotations

import asyncio
import statistics
import time

from chimera_tui.simulator.fine_loop import new_fine_loop


def test_a_short_sleep_is_not_rounded_up_to_a_millisecond() -> None:
    async def oversleeps() -> list[float]:
        late = []
        for _ in range(60):
            began_s = time.monotonic()
            await asyncio.sleep(0.00205)
            late.append(time.monotonic() - began_s - 0.00205)
        return late

    with asyncio.Runner(loop_factory=new_fine_loop) as runner:
        late = runner.run(oversleeps())
    assert min(late) >= 0
    # Rounded up to 3 ms, every one of them would be 0.95 ms late.
    assert statistics.quantiles(late, n=4)[0] < 0.0008


def test_bytes_that_arrive_end_a_sleep() -> None:
    async def wait() -> bytes:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readexactly(2))
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"ok")
            answer = await asyncio.wait_for(reader.read(), 20)
            writer.close()
        return answer

    with asyncio.Runner(loop_factory=new_fine_loop) as runner:
        assert runner.run(wait()) == b"ok"
