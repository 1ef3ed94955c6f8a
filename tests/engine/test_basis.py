"""Repeats are repeats: the runs of a series ask the same, whatever they teach and whatever changes beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from chimera_tui.domain.inventory import FieldFact, FileEntry, FileFacts
from chimera_tui.domain.names import FileKind
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import FactsIngested, RequestSent, RunFinished, RunStarted
from chimera_tui.domain.runs import RunRequest
from chimera_tui.domain.timings import ServerTimings
from chimera_tui.engine.ports import Corpus, LoadedModel, ModelRequest
from tests.engine.scripted import MS, Stage, stage
from tests.support import eventually

MANY = tuple(FileEntry(f"reports/{n:03}.csv", FileKind.CSV, 120, 1_763_146_410_000_000_000) for n in range(300))


def facts_of(files: tuple[FileEntry, ...]) -> tuple[FileFacts, ...]:
    number = FieldFact("ttft_s", 3, 0.0941341, 0.118515, 0.1, 0.3, "s")
    return tuple(FileFacts(f.path, f.kind, 120, f.mtime_ns, 3, ("x",), (number,), 3) for f in files)


async def teaching() -> Stage:
    """More facts than fit, and a server that counts far fewer tokens than were estimated."""
    on = stage()
    on.facts.files, on.facts.facts = MANY, facts_of(MANY)
    for agent in AgentId:
        await on.conductor.change(agent, "num_ctx", "4096")
    on.server.final = ServerTimings(
        total_ns=900 * MS, load_ns=MS, prompt_tokens=1500, prompt_ns=200 * MS, eval_tokens=5, eval_ns=400 * MS
    )
    return on


async def finish(on: Stage, request: RunRequest) -> None:
    await on.conductor.start(request)
    await eventually(lambda: on.conductor.active_run is None, "the series' end")


def prompts(on: Stage, agent: AgentId) -> list[list[str]]:
    """Each run's two prompts of the agent."""
    sent = [event.prompt for event in on.heard.of(RequestSent) if event.agent is agent]
    return [sent[index : index + 2] for index in range(0, len(sent), 2)]


async def test_what_a_run_of_a_series_teaches_is_for_the_next_series() -> None:
    on = await teaching()
    await finish(on, RunRequest(repeat=3, warmup=1))
    for agent in AgentId:
        runs = prompts(on, agent)
        assert len(runs) == 4
        assert all(run == runs[0] for run in runs)
    digests = {end.summary.environment.prompt_digests for end in on.heard.of(RunFinished)}
    assert len(digests) == 1
    await finish(on, RunRequest())
    assert len(prompts(on, AgentId.A)[-1][0]) > len(prompts(on, AgentId.A)[0][0])


async def test_files_that_change_and_a_day_that_ends_during_a_series_are_for_the_next_one() -> None:
    on = await teaching()
    corpora: list[Corpus] = []
    read = on.facts.corpus

    async def changing() -> Corpus:
        corpora.append(await read())
        files = (replace(MANY[0], path=f"reports/new{len(corpora)}.csv"), *MANY[:5])
        on.facts.files, on.facts.facts = files, facts_of(files)
        on.clock.utc_now = lambda: datetime(2026, 11, 22, tzinfo=UTC) + timedelta(days=len(corpora))  # type: ignore[method-assign]
        return corpora[-1]

    on.facts.corpus = changing  # type: ignore[method-assign]
    await finish(on, RunRequest(repeat=2))
    first, second = prompts(on, AgentId.B)
    assert first == second
    assert {event.files for event in on.heard.of(FactsIngested)} == {300}
    await finish(on, RunRequest())
    assert "new1.csv" in prompts(on, AgentId.B)[-1][0]
    assert "2026-11-23" in prompts(on, AgentId.B)[-1][0]


async def test_a_context_that_shows_once_the_model_is_loaded_does_not_lengthen_the_repeats() -> None:
    on = await teaching()
    for agent in AgentId:
        await on.conductor.change(agent, "num_ctx", None)
    stream = on.server.stream

    def loads(request: ModelRequest):  # type: ignore[no-untyped-def]
        on.server.loaded_models = [LoadedModel("mid:latest", 100, 100, 32_768)]
        return stream(request)

    on.server.stream = loads  # type: ignore[method-assign]
    await finish(on, RunRequest((AgentId.A,), repeat=2))
    first, second = prompts(on, AgentId.A)
    assert first == second
    assert [event.context_size for event in on.heard.of(FactsIngested)][-1] == 32_768, "what holds is still told"


async def test_in_sequence_b_reads_what_a_wrote_in_its_own_run() -> None:
    on = await teaching()
    starts = iter(range(1, 9))
    hear = on.heard.emit

    def emit(event: object) -> None:
        if isinstance(event, RunStarted):
            on.server.chunks = (f"A's words of run {next(starts)}.",)
        hear(event)  # type: ignore[arg-type]

    on.heard.emit = emit  # type: ignore[method-assign]
    await finish(on, RunRequest(mode="sequence", repeat=2))
    first, second = prompts(on, AgentId.B)
    assert "A's words of run 1." in first[0] and "A's words of run 2." in second[0]
    assert prompts(on, AgentId.A)[0][0] == prompts(on, AgentId.A)[1][0]
