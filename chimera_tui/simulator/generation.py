"""One generation from request to last chunk: waits, prefill, paced decoding, and the durations it reports."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from chimera_tui.simulator.answers import Streamed, Whole
from chimera_tui.simulator.faults import ODD_LINES, ODD_TEXTS, Fault, FaultKind
from chimera_tui.simulator.http import Exchange
from chimera_tui.simulator.ledger import Phase, Record
from chimera_tui.simulator.prompts import Prompt
from chimera_tui.simulator.scheduler import Runner, Scheduler, Slot
from chimera_tui.simulator.stamp_log import StampLog
from chimera_tui.simulator.timing import Machine
from chimera_tui.simulator.tokens import Piece, common_prefix, token_ids

RUNNER_DIED = "an error was encountered while running the model: unexpected EOF"
_ERROR_LINE = f'{{"error":"{RUNNER_DIED}"}}\n'.encode()
_GARBAGE_LINE = b"<html><body>502 Bad Gateway</body></html>\n"
_SHORTEST_SLEEP_S = 0.0004
_PIECES_PER_TURN = 32
"""How many chunks may leave in one go before other streams get their turn."""
_SINGLE_TOKEN_NS = 1000
"""What the runner reports as the decoding time of one token."""


class Ended(Exception):
    """A fault has ended the stream; nothing more is to be sent."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Monotonic stamps up to the first token, in ns."""

    started_ns: int
    loaded_ns: int
    prefill_ns: int
    """How long the prompt's evaluation took."""
    first_ns: int
    """When the first token was there."""


@dataclass(slots=True)
class Job:
    """What one generation is made of."""

    exchange: Exchange
    answer: Streamed | Whole
    record: Record
    prompt: Prompt
    text: Iterable[Piece]
    limit: int
    """Most tokens of the answer."""
    guarded: bool
    """The repeat guard will end it without a `done` line."""
    fault: Fault | None
    keeps_context: bool
    jitter: random.Random
    stamps: StampLog | None = None


class Generation:
    """Runs one job on a loaded runner."""

    def __init__(self, job: Job, runner: Runner, machine: Machine, scheduler: Scheduler, jitter: float) -> None:
        self._job = job
        self._runner = runner
        self._machine = machine
        self._scheduler = scheduler
        self._jitter = jitter
        self._sent: list[str] = []
        self._text: Iterator[Piece] = iter(())

    async def run(self, started_ns: int, loaded_ns: int) -> None:
        """Wait for a slot, then prefill, decode and close. Raises Ended when a fault ended it."""
        job = self._job
        read_ns = time.monotonic_ns() - loaded_ns
        job.record.phase = Phase.QUEUED
        async with self._runner.slot(job.prompt.tokens) as slot:
            job.record.phase = Phase.PREFILL
            cached = min(common_prefix(slot.tokens, job.prompt.tokens), len(job.prompt.tokens) - 1)
            timing = await self._prefill(cached, started_ns, loaded_ns, read_ns)
            job.record.phase = Phase.DECODING
            try:
                decoded, reason = await self._decode(timing.first_ns)
            finally:
                self._remember(slot)
                if job.stamps is not None:
                    job.stamps.flush()
        # The slot is free before the last chunk leaves: who reads it may ask again at once.
        await self._close(timing, cached, decoded, reason)
        job.record.phase = Phase.DONE

    async def _prefill(self, cached: int, started_ns: int, loaded_ns: int, read_ns: int) -> Timing:
        """Take as long as the simulated machine would: what this one has spent on reading the prompt is part of
        that, or whatever else runs here would show as a longer wait for the first token."""
        job = self._job
        begun_ns = time.monotonic_ns() - read_ns
        uncached = len(job.prompt.tokens) - cached
        prefill_s = self._machine.prefill_s(self._runner.model, self._runner.placement, uncached)
        # The whole text is composed for its first piece; that must not delay the first token.
        self._text = _primed(job.text)
        await _sleep_until(begun_ns / 1e9 + prefill_s)
        if job.fault is not None and job.fault.kind is FaultKind.SLOW_FIRST_TOKEN:
            await asyncio.sleep(job.fault.seconds)
        first_ns = time.monotonic_ns()
        return Timing(started_ns, loaded_ns, first_ns - begun_ns, first_ns)

    async def _decode(self, first_ns: int) -> tuple[int, str]:
        """Send the pieces when they are due. Gives the tokens decoded and the reason of the end."""
        job = self._job
        decoded, in_a_row = 0, 0
        due_s = first_ns / 1e9
        for piece, gap_s in self._paced():
            if decoded + piece.tokens > job.limit or job.limit == 1:
                # The bytes of an unfinished character are never sent.
                await _sleep_until(due_s + gap_s * (job.limit - decoded) / piece.tokens)
                return job.limit, "length"
            due_s += gap_s if decoded else gap_s * (piece.tokens - 1) / piece.tokens
            in_a_row = 0 if await _sleep_until(due_s) else in_a_row + 1
            if in_a_row % _PIECES_PER_TURN == _PIECES_PER_TURN - 1:
                await asyncio.sleep(0)
            await job.answer.piece(piece)
            decoded += piece.tokens
            job.record.sent(piece.tokens)
            if job.stamps is not None and job.exchange.started:  # a whole document leaves at its end
                job.stamps.sent(job.record.id, *job.exchange.wrote_ns)
            self._sent.append(piece.text)
            await self._strike(piece)
            if decoded >= job.limit:
                return decoded, "length"
        return decoded, "stop"

    def _paced(self) -> Iterator[tuple[Piece, float]]:
        """Each piece with the seconds it takes to decode."""
        step_s = self._machine.decode_step_s(self._runner.model, self._runner.placement)
        for piece in self._text:
            spread = self._job.jitter.gauss(1.0, self._jitter) if self._jitter else 1.0
            yield piece, piece.tokens * step_s * max(0.1, spread)

    async def _strike(self, piece: Piece) -> None:
        """Let a mid-stream fault happen when its time has come. Raises Ended."""
        job, fault = self._job, self._job.fault
        if fault is None or not fault.strikes_after(job.record.chunks):
            return
        match fault.kind:
            case FaultKind.CUT:
                job.exchange.cut()
                raise Ended
            case FaultKind.HALF_LINE:
                line = job.answer.line(piece)
                await job.answer.send(line[: len(line) // 2])
                job.exchange.cut()
                raise Ended
            case FaultKind.ERROR_LINE:
                self._scheduler.drop(self._runner)
                await job.answer.send(_ERROR_LINE)
                await job.answer.end()
                raise Ended
            case FaultKind.NO_DONE:
                await job.answer.end()
                raise Ended
            case FaultKind.GARBAGE:
                job.fault = None
                await job.answer.send(_GARBAGE_LINE)
            case kind if kind in ODD_LINES:
                job.fault = None
                for odd in ODD_LINES[kind]:
                    await job.answer.send(odd + b"\n")
            case kind if kind in ODD_TEXTS:
                job.fault = None
                line = job.answer.line(Piece(ODD_TEXTS[kind]))
                await job.answer.send(line.replace(b"bad", b"\xff\xfe\xc0"))

    async def _close(self, timing: Timing, cached: int, decoded: int, reason: str) -> None:
        job = self._job
        if job.guarded or (job.fault is not None and job.fault.kind is FaultKind.NO_DONE):
            await job.answer.end()
            return
        last: dict[str, object] = {"done_reason": reason}
        if job.keeps_context:
            last["context"] = job.prompt.whole + token_ids(self._sent, self._runner.model.vocabulary)
        if job.fault is None or job.fault.kind is not FaultKind.MISSING_COUNTS:
            last |= self._counts(timing, cached, decoded)
        await job.answer.last(last)

    def _counts(self, timing: Timing, cached: int, decoded: int) -> dict[str, object]:
        """Counts, and durations in ns; the wait for a slot is in the total only."""
        now_ns = time.monotonic_ns()
        decode_ns = now_ns - timing.first_ns if decoded > 1 else _SINGLE_TOKEN_NS
        return {
            "total_duration": now_ns - timing.started_ns,
            "load_duration": timing.loaded_ns - timing.started_ns,
            "prompt_eval_count": len(self._job.prompt.tokens),
            "prompt_eval_cached_count": cached,
            "prompt_eval_duration": timing.prefill_ns // 1000 * 1000,
            "eval_count": decoded,
            "eval_duration": decode_ns // 1000 * 1000,
        }

    def _remember(self, slot: Slot) -> None:
        slot.tokens = self._job.prompt.tokens + token_ids(self._sent, self._runner.model.vocabulary)


def _primed(text: Iterable[Piece]) -> Iterator[Piece]:
    """The same pieces, the first of them made already."""
    rest = iter(text)
    return itertools.chain(list(itertools.islice(rest, 1)), rest)


async def _sleep_until(due_s: float) -> bool:
    """Sleep until a moment of the monotonic clock; False when it is not worth sleeping."""
    left_s = due_s - time.monotonic()
    if left_s < _SHORTEST_SLEEP_S:
        return False
    await asyncio.sleep(left_s)
    return True
