from __future__ import annotations

import asyncio
import gc
from dataclasses import replace

import pytest

from chimera_tui.domain.errors import (
    ModelNotFound,
    NothingToAnalyse,
    PromptTooLong,
    RunInProgress,
    SaveFailed,
    SettingInvalid,
    StreamCut,
)
from chimera_tui.domain.events import MetricsUpdated, ModelInfo, Notice, ServerSeen, SettingsChanged
from chimera_tui.domain.metrics import AgentState
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    ReportSaved,
    RequestFinished,
    RequestSent,
    RunFinished,
    RunStarted,
    TokensArrived,
)
from chimera_tui.domain.run_state import RunState
from chimera_tui.domain.runs import RunRequest
from chimera_tui.engine.fold import RunFold
from chimera_tui.engine.ports import LoadedModel
from tests.engine.scripted import Stage, stage
from tests.support import eventually

BOTH = RunRequest()


async def finish(on: Stage, request: RunRequest = BOTH) -> RunFinished:
    await on.conductor.start(request)
    await eventually(lambda: on.heard.of(RunFinished) and on.conductor.active_run is None, "the run's end")
    return on.heard.of(RunFinished)[-1]


async def test_a_run_of_both_agents_makes_two_requests_each_and_is_saved() -> None:
    on = stage()
    end = await finish(on)
    assert end.summary.state is RunState.DONE
    assert [outcome.state for outcome in end.summary.agents] == [AgentState.DONE, AgentState.DONE]
    assert [len(outcome.requests) for outcome in end.summary.agents] == [2, 2]
    assert end.summary.agents[0].totals.tokens == 10
    assert end.summary.agents[0].files_analysed == 2
    assert end.summary.folder == "/reports/chimera_runs/x"
    ((_, texts),) = on.shelf.saved
    assert texts[0].report == "# Title\n\nIt holds 2 files.\n"
    assert texts[0].data_summary.startswith("Total files analyzed: 2")


async def test_the_persona_is_the_system_message_and_the_report_builds_on_the_analysis() -> None:
    on = stage()
    await finish(on, RunRequest((AgentId.A,)))
    analysis, report = on.server.requests
    assert analysis.system == report.system != ""
    assert "Files: 2 (1 csv, 1 json, 0 md)" in analysis.prompt
    assert "It holds 2 files." in report.prompt
    assert "2026-11-21" in analysis.prompt


async def test_in_sequence_b_reads_what_a_finished() -> None:
    on = stage()
    on.server.chunks = ("A's own words, ", "all of them.")
    await finish(on, RunRequest(mode="sequence"))
    first_of_b = on.server.requests[2]
    assert "A's own words, all of them." in first_of_b.prompt
    started = [e.agent for e in on.heard.of(AgentStateChanged) if e.state is AgentState.INGEST]
    assert started == [AgentId.A, AgentId.B]


async def test_events_come_in_an_order_that_a_fold_can_rebuild_the_summary_from() -> None:
    on = stage()
    end = await finish(on)
    fold = RunFold()
    for event in on.heard.events:
        if isinstance(
            event,
            RunStarted
            | AgentStateChanged
            | RequestSent
            | TokensArrived
            | RequestFinished
            | ReportSaved
            | RunFinished,
        ):
            fold.apply(event)
    rebuilt = [fold.agents[outcome.agent].outcome().totals for outcome in end.summary.agents]
    assert rebuilt == [outcome.totals for outcome in end.summary.agents]
    assert fold.summary == end.summary


async def test_a_failed_agent_says_why_and_the_other_goes_on() -> None:
    on = stage(fail_with=StreamCut("the stream was cut", next_="Run again."), fail_at_request=4)
    end = await finish(on)
    assert end.summary.state is RunState.FAILED
    states = sorted(outcome.state.value for outcome in end.summary.agents)
    assert states == ["done", "failed"]
    failed = next(outcome for outcome in end.summary.agents if outcome.state is AgentState.FAILED)
    assert failed.error is not None and failed.error.code == "stream_cut"
    assert len(on.shelf.saved) == 1


async def test_cancelling_closes_the_streams_and_saves_what_was_written() -> None:
    on = stage(hang=asyncio.Event())
    await on.conductor.start(BOTH)
    await eventually(lambda: len(on.heard.of(TokensArrived)) == 2, "both agents' first tokens")
    await on.conductor.cancel()
    assert on.server.closed == 2
    end = on.heard.of(RunFinished)[-1]
    assert end.summary.state is RunState.CANCELLED
    assert on.shelf.saved[0][1][0].analysis == "# Title\n\n"
    assert on.heard.events[-1] is not None and on.conductor.active_run is None


async def test_cancelling_one_agent_leaves_the_other_alone() -> None:
    gate = asyncio.Event()
    on = stage(hang=gate)
    await on.conductor.start(BOTH)
    await eventually(lambda: len(on.heard.of(TokensArrived)) == 2, "both agents' first tokens")
    await on.conductor.cancel(AgentId.B)
    gate.set()
    await eventually(lambda: on.heard.of(RunFinished), "the run's end")
    a, b = on.heard.of(RunFinished)[-1].summary.agents
    assert (a.state, b.state) == (AgentState.DONE, AgentState.CANCELLED)


async def test_b_cancelled_before_its_turn_is_not_run() -> None:
    gate = asyncio.Event()
    on = stage(hang=gate)
    await on.conductor.start(RunRequest(mode="sequence"))
    await eventually(lambda: on.heard.of(TokensArrived), "the first token of A")
    await on.conductor.cancel(AgentId.B)
    gate.set()
    await eventually(lambda: on.heard.of(RunFinished), "the run's end")
    assert len(on.server.requests) == 2
    assert on.heard.of(RunFinished)[-1].summary.agents[1].state is AgentState.CANCELLED


async def test_a_second_run_is_refused_while_one_goes_on() -> None:
    on = stage(hang=asyncio.Event())
    await on.conductor.start(BOTH)
    with pytest.raises(RunInProgress):
        await on.conductor.start(BOTH)
    await on.conductor.close()


async def test_without_files_no_run_starts() -> None:
    on = stage()
    on.facts.files = ()
    with pytest.raises(NothingToAnalyse, match="nothing to analyse in /data/reports"):
        await on.conductor.start(BOTH)
    assert not on.heard.of(RunStarted)


async def test_a_run_that_can_not_be_saved_is_finished_all_the_same_and_says_so() -> None:
    on = stage()
    on.shelf.fail_with = SaveFailed("the disk is full", where="/reports", next_="Free some space.")
    end = await finish(on)
    assert end.summary.state is RunState.DONE and end.summary.folder == ""
    assert any("the disk is full" in notice.text for notice in on.heard.of(Notice))


async def test_a_defect_while_a_run_is_saved_ends_the_run_and_is_heard() -> None:
    heard: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context.get("exception")))
    on = stage()
    on.shelf.fail_with = ValueError("a defect")
    await finish(on)
    await eventually(lambda: not on.conductor.is_busy, "the end of the job")
    gc.collect()
    assert on.shelf.fail_with in heard
    assert any("could not be saved" in notice.text for notice in on.heard.of(Notice))
    on.shelf.fail_with = None
    assert (await finish(on)).summary.folder


async def test_a_prompt_that_is_refused_as_too_long_teaches_how_long_prompts_are() -> None:
    refused = PromptTooLong("the server rejected the request", next_="Run again.")
    on = stage(fail_with=refused, fail_at_request=1)
    many = tuple(replace(on.facts.files[0], path=f"reports/{n:04}.csv") for n in range(900))
    on.facts.files = many
    on.facts.facts = tuple(replace(on.facts.facts[0], path=entry.path) for entry in many)
    await on.conductor.change(AgentId.A, "num_ctx", "4096")
    refused.tokens = 5000
    await finish(on, RunRequest((AgentId.A,)))
    await finish(on, RunRequest((AgentId.A,)))
    first, second, *_ = (event.prompt for event in on.heard.of(RequestSent))
    assert len(second) < 0.8 * len(first)


async def test_an_unknown_model_fails_before_any_request() -> None:
    on = stage()
    on.server.known = ()
    end = await finish(on, RunRequest((AgentId.A,)))
    outcome = end.summary.agents[0]
    assert outcome.error is not None and outcome.error.code == "model_not_found"
    assert on.server.requests == []


async def test_a_small_context_cuts_the_facts_and_says_so() -> None:
    on = stage()
    many = tuple(replace(on.facts.files[0], path=f"reports/{n:03}.csv") for n in range(200))
    on.facts.files = many
    on.facts.facts = tuple(replace(on.facts.facts[0], path=entry.path) for entry in many)
    await on.conductor.change(AgentId.A, "num_ctx", "1024")
    end = await finish(on, RunRequest((AgentId.A,)))
    assert "num_ctx 1024" in end.summary.agents[0].facts_cut
    assert any("num_ctx 1024" in update.metrics.facts_cut for update in on.heard.of(MetricsUpdated))


async def test_settings_are_checked_and_told() -> None:
    on = stage()
    await on.conductor.refresh()
    await on.conductor.change(AgentId.A, "num_gpu", "20")
    assert on.heard.of(SettingsChanged)[-1].settings.options.num_gpu == 20
    assert on.conductor.settings[AgentId.A].options.num_gpu == 20
    assert on.conductor.settings[AgentId.B].options.num_gpu is None
    for name, text in (
        ("num_gpu", "many"),
        ("top_p", "1.5"),
        ("num_gpux", "3"),
        ("api", "rest"),
        ("host", "ftp://x"),
    ):
        with pytest.raises(SettingInvalid):
            await on.conductor.change(AgentId.A, name, text)
    with pytest.raises(ModelNotFound, match="mid:latest"):
        await on.conductor.change(AgentId.A, "model", "midi")
    await on.conductor.close()


async def test_a_model_name_without_tag_is_the_servers_latest() -> None:
    on = stage()
    await on.conductor.refresh()
    settings = await on.conductor.change(AgentId.B, "model", "tiny")
    assert settings.model == "tiny:latest"
    await on.conductor.close()


async def test_a_load_time_change_after_a_run_is_marked_as_a_reload() -> None:
    on = stage()
    on.server.loaded_models = [LoadedModel("mid:latest", 100, 100, 4096)]
    await on.conductor.change(AgentId.A, "num_gpu", "80")
    await finish(on, RunRequest((AgentId.A,)))
    await on.conductor.change(AgentId.A, "num_gpu", "20")
    assert on.heard.of(SettingsChanged)[-1].reloads == ("num_gpu",)
    await on.conductor.change(AgentId.A, "temperature", "0.2")
    assert on.heard.of(SettingsChanged)[-1].reloads == ("num_gpu",)
    await on.conductor.change(AgentId.A, "num_gpu", "80")
    assert on.heard.of(SettingsChanged)[-1].reloads == ()


async def test_the_simulator_is_recognised_by_its_version() -> None:
    on = stage(version_text="0.33.3-chimera-simulator")
    end = await finish(on, RunRequest((AgentId.A,)))
    assert end.summary.simulated
    await on.conductor.refresh()
    assert on.heard.of(ServerSeen)[-1].simulated


async def test_a_model_keeps_its_digest_beside_the_shape_that_was_asked_for() -> None:
    on = stage()
    on.server.known = (ModelInfo("mid:latest", size_bytes=7, digest="abc"), ModelInfo("tiny:latest", digest="def"))
    await on.conductor.refresh()
    mid, tiny = on.heard.of(ServerSeen)[-1].models
    assert (mid.digest, mid.size_bytes, mid.block_count) == ("abc", 7, 34)
    assert (tiny.digest, tiny.block_count) == ("def", None)
