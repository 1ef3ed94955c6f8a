"""What each address of the API answers."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator

from chimera_tui.domain.servers import SIMULATOR_MARK
from chimera_tui.simulator import catalogue, golang
from chimera_tui.simulator.answers import ChatShape, GenerateShape, Shape, Streamed, Whole, document
from chimera_tui.simulator.faults import Fault, FaultKind, FaultPlan
from chimera_tui.simulator.generation import Ended, Generation, Job
from chimera_tui.simulator.http import BARE_JSON, PLAIN, Exchange, Request
from chimera_tui.simulator.ledger import Ledger
from chimera_tui.simulator.models import Model, Voice, full_name, model_named
from chimera_tui.simulator.options import SimulatorOptions
from chimera_tui.simulator.parsing import (
    Body,
    Refused,
    checked_options,
    load_options,
    parse_chat,
    parse_generate,
    parse_json,
)
from chimera_tui.simulator.prompts import DEFAULT_NUM_KEEP, Prompt, TooLong, chat_prompt, generate_prompt
from chimera_tui.simulator.scheduler import Scheduler, ServerFull
from chimera_tui.simulator.stamp_log import StampLog
from chimera_tui.simulator.timing import OutOfMemory
from chimera_tui.simulator.tokens import Piece
from chimera_tui.simulator.voices import Manner, seeded, speak

VERSION = f"0.33.3-{SIMULATOR_MARK}"
"""How clients know that they talk to the simulator."""
OUT_OF_MEMORY = "llama-server process has terminated: cudaMalloc failed: out of memory"
SERVER_BUSY = "server busy, please try again.  maximum pending requests exceeded"
_CONTEXTS_AT_MOST = 10
"""An answer without num_predict ends after so many times num_ctx."""
_PULL_BYTES_PER_S = 2e9
_PULL_STEPS = 12

Route = Callable[[Request, Exchange], Awaitable[None]]


class Api:
    """The endpoints, over one scheduler and one plan of faults."""

    def __init__(self, options: SimulatorOptions) -> None:
        self._options = options
        self._machine = options.machine()
        self._catalogue = catalogue.Catalogue(options.models, options.layers)
        self._scheduler = Scheduler(self._machine, max_queue=options.max_queue, max_loaded=options.max_loaded)
        self.faults = FaultPlan(options.faults)
        self._ledger = Ledger()
        self._stamps = StampLog(options.stamp_log) if options.stamp_log is not None else None
        self._routes: dict[str, dict[str, Route]] = {
            "/": {"GET": self._root, "HEAD": self._root},
            "/api/version": {"GET": self._version, "HEAD": self._version},
            "/api/tags": {"GET": self._tags, "HEAD": self._tags},
            "/api/ps": {"GET": self._ps},
            "/api/show": {"POST": self._show},
            "/api/pull": {"POST": self._pull},
            "/api/generate": {"POST": self._generate},
            "/api/chat": {"POST": self._chat},
            "/simulator/state": {"GET": self._state},
            "/simulator/faults": {"POST": self._add_fault, "DELETE": self._clear_faults},
        }

    async def answer(self, request: Request, exchange: Exchange) -> None:
        """Answer one request; refusals become error bodies."""
        methods = self._routes.get(request.path)
        if methods is None:
            await exchange.reply(404, "404 page not found", PLAIN)
        elif request.method not in methods:
            await exchange.reply(405, "405 method not allowed", PLAIN)
        else:
            try:
                await methods[request.method](request, exchange)
            except TooLong as refusal:
                exchange.start(refusal.status, BARE_JSON)
                await exchange.send(golang.dumps({"error": refusal.message}).encode())
                await exchange.finish()
            except Refused as refusal:
                await exchange.reply_error(refusal.status, refusal.message)

    async def _root(self, request: Request, exchange: Exchange) -> None:
        await exchange.reply(200, "Ollama is running", "text/plain; charset=utf-8")

    async def _version(self, request: Request, exchange: Exchange) -> None:
        await exchange.reply(200, golang.dumps({"version": VERSION}))

    async def _tags(self, request: Request, exchange: Exchange) -> None:
        await exchange.reply(200, golang.dumps({"models": self._catalogue.tags()}))

    async def _ps(self, request: Request, exchange: Exchange) -> None:
        models = [catalogue.loaded(runner) for runner in self._scheduler.runners]
        await exchange.reply(200, golang.dumps({"models": models}))

    async def _show(self, request: Request, exchange: Exchange) -> None:
        fields = parse_json(request.body)
        name = str(fields.get("model") or fields.get("name") or "")
        # This endpoint alone names the missing model with its tag.
        model = self._model(name, called=full_name(name))
        await exchange.reply(200, golang.dumps(self._catalogue.show(model)))

    async def _pull(self, request: Request, exchange: Exchange) -> None:
        fields = parse_json(request.body)
        model = model_named(str(fields.get("model") or fields.get("name") or ""))
        steps = catalogue.pull_steps(model, _PULL_STEPS)
        pause_s = model.size_bytes / _PULL_BYTES_PER_S / _PULL_STEPS
        if fields.get("stream") is False:
            await asyncio.sleep(pause_s * _PULL_STEPS)
            self._catalogue.add(model)
            await exchange.reply(200, golang.dumps({"status": "success"}))
            return
        exchange.start()
        for step in steps:
            if step["status"] == "success":
                self._catalogue.add(model)
            await exchange.send(golang.dumps(step).encode() + b"\n")
            if "completed" in step:
                await asyncio.sleep(pause_s)
        await exchange.finish()

    async def _generate(self, request: Request, exchange: Exchange) -> None:
        await self._answer_prompt("generate", parse_generate(request.body), GenerateShape(), exchange)

    async def _chat(self, request: Request, exchange: Exchange) -> None:
        await self._answer_prompt("chat", parse_chat(request.body), ChatShape(), exchange)

    async def _answer_prompt(self, endpoint: str, body: Body, shape: Shape, exchange: Exchange) -> None:
        model = self._model(body.model, called=body.model)
        self._check_capabilities(body, model)
        options = checked_options(body.options)
        try:
            if not body.messages:
                await self._load_only(body, model, options, shape, exchange)
                return
            with self._ledger.record(model.name, endpoint) as record:
                fault = self.faults.take()
                await _refuse(fault, body.model)
                load = load_options(body, options, model, self._machine)
                started_ns = time.monotonic_ns()
                async with self._scheduler.runner(model, load, body.keep_alive_s) as runner:
                    loaded_ns = time.monotonic_ns()
                    prompt = _prompt(endpoint, body, model, load.num_ctx, options)
                    answer = (Streamed if body.stream else Whole)(exchange, body.model, shape)
                    job = Job(
                        exchange=exchange,
                        answer=answer,
                        record=record,
                        prompt=prompt,
                        text=self._text(body, model, options, fault),
                        limit=_limit(options, load.num_ctx, len(prompt.tokens), shift=body.shift),
                        guarded=model.voice is Voice.REPEATS,
                        fault=fault,
                        keeps_context=shape.keeps_context and not body.raw,
                        jitter=seeded(self._options.seed, str(record.id)),
                        stamps=self._stamps,
                    )
                    generation = Generation(job, runner, self._machine, self._scheduler, self._options.jitter)
                    await generation.run(started_ns, loaded_ns)
        except Ended:
            return
        except ServerFull as error:
            raise Refused(503, SERVER_BUSY) from error
        except OutOfMemory as error:
            raise Refused(500, OUT_OF_MEMORY) from error

    async def _load_only(
        self, body: Body, model: Model, options: dict[str, object], shape: Shape, exchange: Exchange
    ) -> None:
        """An empty prompt loads the model, or unloads it with `keep_alive: 0`."""
        if body.keep_alive_s == 0:
            self._scheduler.unload(model)
            reason = "unload"
        else:
            load = load_options(body, options, model, self._machine)
            async with self._scheduler.runner(model, load, body.keep_alive_s):
                reason = "load"
        await exchange.reply(200, document(body.model, shape, "", "", {"done_reason": reason}))

    def _text(self, body: Body, model: Model, options: dict[str, object], fault: Fault | None) -> Iterator[Piece]:
        seed = options.get("seed", -1)
        rng_seed = seed if isinstance(seed, int) and seed >= 0 else self._options.seed
        drift = fault is not None and fault.kind is FaultKind.SCRIPT_DRIFT
        manner = Manner(model.thinking and body.think is not False, self._options.invent, drift)
        system, prompt = body.system, body.prompt

        def once() -> Iterator[Piece]:
            return speak(model.voice, system, prompt, seeded(rng_seed, model.name, system, prompt), manner)

        if options.get("num_predict") == 0:
            return itertools.chain.from_iterable(once() for _ in itertools.count())
        if self._options.texts > 1:
            return itertools.chain.from_iterable((*once(), Piece("\n\n")) for _ in range(self._options.texts))
        stop = options.get("stop")
        return _until_stop(once(), tuple(stop)) if isinstance(stop, list) and stop else once()

    def _model(self, name: str, *, called: str) -> Model:
        model = self._catalogue.find(name)
        if model is None:
            raise Refused(404, f"model '{called}' not found")
        return model

    def _check_capabilities(self, body: Body, model: Model) -> None:
        if body.think and not model.thinking:
            raise Refused(400, f"{golang.string(body.model)} does not support thinking")
        if body.tools and "tools" not in model.capabilities:
            raise Refused(400, f"registry.ollama.ai/library/{model.name} does not support tools")

    async def _state(self, request: Request, exchange: Exchange) -> None:
        state = self._ledger.state() | {
            "loaded": [runner.model.name for runner in self._scheduler.runners],
            "loads": self._scheduler.loads,
            "requests": self.faults.requests,
        }
        await exchange.reply(200, golang.dumps(state))

    async def _add_fault(self, request: Request, exchange: Exchange) -> None:
        fields = parse_json(request.body)
        try:
            fault = Fault(
                FaultKind(fields.get("kind", "")),
                after_chunks=fields.get("after_chunks"),
                seconds=float(fields.get("seconds", 3.0)),
                request=fields.get("request"),
                times=fields.get("times", 1),
            )
        except (TypeError, ValueError) as error:
            raise Refused(400, f"{error}; kinds are {', '.join(FaultKind)}") from error
        self.faults.add(fault)
        await exchange.reply(200, "{}")

    async def _clear_faults(self, request: Request, exchange: Exchange) -> None:
        self.faults.clear()
        await exchange.reply(200, "{}")


async def _refuse(fault: Fault | None, model: str) -> None:
    """Let a fault happen that comes before any answer. Raises Refused."""
    match fault.kind if fault is not None else None:
        case FaultKind.REFUSE_LOAD_OOM:
            raise Refused(500, OUT_OF_MEMORY)
        case FaultKind.FAILS:
            raise Refused(500, "something went wrong")
        case FaultKind.GONE:
            raise Refused(404, f"model '{model}' not found")
        case FaultKind.BUSY:
            raise Refused(503, SERVER_BUSY)
        case FaultKind.HANG:
            await asyncio.Event().wait()


def _prompt(endpoint: str, body: Body, model: Model, num_ctx: int, options: dict[str, object]) -> Prompt:
    if endpoint == "chat":
        return chat_prompt(body, model, num_ctx)
    num_keep = options.get("num_keep", DEFAULT_NUM_KEEP)
    return generate_prompt(body, model, num_ctx, num_keep if isinstance(num_keep, int) else DEFAULT_NUM_KEEP)


def _limit(options: dict[str, object], num_ctx: int, prompt_tokens: int, *, shift: bool) -> int:
    """Most tokens of the answer. The context ends it only where shifting it is forbidden."""
    num_predict = options.get("num_predict", -1)
    if num_predict == 0:
        limit = 2**62
    elif isinstance(num_predict, int) and num_predict > 0:
        limit = num_predict
    else:
        limit = _CONTEXTS_AT_MOST * num_ctx
    return limit if shift else min(limit, max(1, num_ctx - prompt_tokens))


def _until_stop(text: Iterator[Piece], stops: tuple[str, ...]) -> Iterator[Piece]:
    """The pieces before the first stop sequence. Text that may begin one is held back, as the server does."""
    held: list[Piece] = []
    for piece in text:
        held.append(piece)
        joined = "".join(part.text for part in held)
        found = [at for at in map(joined.find, stops) if at >= 0]
        if found:
            if before := joined[: min(found)]:
                yield Piece(before, len(held), held[0].thinking)
            return
        if not any(joined.endswith(stop[:length]) for stop in stops for length in range(1, len(stop))):
            yield from held
            held.clear()
    yield from held
