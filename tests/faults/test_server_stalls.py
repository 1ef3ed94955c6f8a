"""A server that is there and gives nothing: in the middle of an answer, or when it is to load a model."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from chimera_tui.domain.campaign_outline import CampaignState
from chimera_tui.domain.errors import StreamCut
from chimera_tui.domain.run_events import TokensArrived
from chimera_tui.domain.run_state import RunState
from chimera_tui.engine.ports import Arrived, Finished, StreamItem
from chimera_tui.services.ollama.client import OllamaServer
from chimera_tui.services.ollama.readers import Readers
from chimera_tui.services.ollama.stream import open_stream
from tests.daemon.campaign_events import following, until
from tests.daemon.daemons import house, write_reports
from tests.daemon.test_runs import heard_until
from tests.faults.comings import Comings
from tests.faults.table import LONG, cell
from tests.services.ollama.replay import Line, Reply, ndjson, replaying
from tests.services.ollama.streams import request
from tests.services.ollama.test_older_servers import OLD, serving
from tests.support import eventually

STALL_S = 0.4


def said(text: str) -> dict[str, object]:
    return {"message": {"role": "assistant", "content": text}, "done": False}


DONE = {"done": True, "done_reason": "stop"}


def slowly(lines: Sequence[Line], gap_s: float) -> list[Line]:
    return [Line(line.data, gap_s=gap_s) for line in lines]


def text_of(items: Sequence[StreamItem]) -> str:
    return "".join(chunk.text for item in items if isinstance(item, Arrived) for chunk in item.chunks)


@cell(
    "server hangs",
    "for ten minutes while it writes",
    "the stream counts as cut, with all that came; a new try is made",
)
async def test_an_answer_that_stands_still_for_too_long_counts_as_cut() -> None:
    items: list[StreamItem] = []
    with replaying(Reply(lines=ndjson(said("It holds "), said("2 files")), hold=True)) as server:
        client = OllamaServer(stall_s=STALL_S)
        with pytest.raises(StreamCut, match=r"stood still for 0\.4 s"):
            async with client.stream(request(server.url)) as stream:
                async for item in stream:
                    items.append(item)
        await eventually(lambda: server.seen[0].closed_ns, "the connection's end")
    assert text_of(items) == "It holds 2 files"


async def test_an_answer_that_comes_slowly_does_not_and_a_first_token_may_take_longer_than_that() -> None:
    items: list[StreamItem] = []
    lines = [*slowly(ndjson(said("x")), 1.5 * STALL_S), *slowly(ndjson(*[said("x")] * 5, DONE), STALL_S / 4)]
    with replaying(Reply(lines=lines)) as server:
        async with OllamaServer(stall_s=STALL_S).stream(request(server.url)) as stream:
            items += [item async for item in stream]
    assert text_of(items) == "xxxxxx" and isinstance(items[-1], Finished)


@cell("server writes without end", "for hours", "after 500,000 lines it counts as cut, with all that came")
async def test_an_answer_without_end_is_left() -> None:
    items: list[StreamItem] = []
    with replaying(Reply(lines=ndjson(*[said("again ")] * 300), hold=True)) as server:
        with pytest.raises(StreamCut, match="came to no end"):
            async with open_stream(request(server.url), Readers(), most_lines=200) as stream:
                async for item in stream:
                    items.append(item)
        await eventually(lambda: server.seen[0].closed_ns, "the connection's end")
    assert text_of(items).count("again") > 200


@cell(
    "daemon SIGSTOP",
    "for longer than an answer may stand still",
    "what the server sent meanwhile is taken, not cut",
)
async def test_who_stood_still_himself_blames_nobody() -> None:
    items: list[StreamItem] = []
    lines = [*ndjson(said("x")), *slowly(ndjson(said("y"), DONE), STALL_S / 4)]
    with replaying(Reply(lines=lines)) as server:
        async with OllamaServer(stall_s=STALL_S).stream(request(server.url)) as stream:
            async for item in stream:
                items.append(item)
                if text_of(items) == "x":  # soon, while the next is waited for, the whole loop stands still
                    asyncio.get_running_loop().call_later(STALL_S / 16, time.sleep, 2 * STALL_S)
    assert text_of(items) == "xy" and isinstance(items[-1], Finished)


@cell("server hangs", "told to load a model before a campaign's run", "`run_time` ends the wait; the run is made")
@pytest.mark.skipif(not LONG, reason="`make faults`; tests/campaign/test_runner.py tries it in memory")
async def test_a_load_that_is_never_answered_does_not_hold_up_a_campaign(tmp_path: Path) -> None:
    held = Reply(headers={"content-length": "5"}, hold=True)
    with serving({**OLD, "/api/generate": held}) as server, house(write_reports(tmp_path / "reports")) as home:
        source = (
            f'name = "night"\n[agents]\nmodel = "mid:latest"\nhost = "{server.url}"\nnum_ctx = 2048\n'
            '[limits]\nrun_time = "1s"\n[repeats]\ncount = 1\n[matrix]\nscenario = "a-alone"\nnum_gpu = 80\n'
        )
        home.start()
        async with home.client() as client, following(client) as outlines:
            await client.begin_campaign(source, "/x/night.toml")
            end = await until(outlines, CampaignState.DONE)
    assert (end.done, end.wanted) == (1, 1)
    assert [seen.path for seen in server.seen].count("/api/generate") == 1


@pytest.mark.skipif(not LONG, reason="another daemon: `make faults`")
@cell(
    "server hangs", "stands still for longer than `stall_s` in a campaign", "its run is made again when it goes on"
)
async def test_a_server_that_stood_still_costs_a_campaign_one_try(tmp_path: Path) -> None:
    server = Comings()
    root = write_reports(tmp_path / "reports")
    try:
        with house(root, CHIMERA_STALL_S="1") as home:
            source = (
                f'name = "night"\n[agents]\nmodel = "gemma3:latest"\nhost = "{server.handle.url}"\n'
                "num_predict = 200\nnum_ctx = 2048\n"
                '[repeats]\ncount = 2\n[matrix]\nscenario = "a-alone"\nnum_gpu = 80\n'
            )
            home.start()
            async with home.client() as client, following(client) as outlines:
                await client.begin_campaign(source, "/x/night.toml")
                await heard_until(client, lambda event: isinstance(event, TokensArrived))
                with server.frozen():
                    await until(outlines, CampaignState.WAITING)
                await client.retry()
                end = await until(outlines, CampaignState.DONE)
                runs = await client.campaign_runs("night")
        assert (end.done, end.wanted, end.failed) == (2, 2, 1)
        (failed,) = (run for run in runs if run.state is RunState.FAILED)
        assert failed.agents[0].error is not None and "stood still for 1 s" in failed.agents[0].error.what
    finally:
        server.end()
