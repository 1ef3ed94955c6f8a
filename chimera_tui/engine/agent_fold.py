"""The fold of one agent's events into metrics: live for the screen, final for the reports."""

from __future__ import annotations

from collections import deque
from typing import get_args

from chimera_tui.analysis.causes_evidence import AgentEvidence, RequestEvidence
from chimera_tui.domain.errors import ErrorInfo
from chimera_tui.domain.figures import rate
from chimera_tui.domain.metrics import AgentState, LiveMetrics, Offload, Phase, RequestMetrics, Step, total_of
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_events import (
    AgentStateChanged,
    Chunk,
    FactsIngested,
    NumbersChecked,
    OffloadMeasured,
    RepairJudged,
    RequestFinished,
    RequestSent,
    RunEvent,
    TextChecked,
    TokensArrived,
)
from chimera_tui.domain.runs import AgentOutcome
from chimera_tui.domain.timings import ClientTimings, ServerTimings
from chimera_tui.engine.grounding_fold import GroundingFold

RATE_WINDOW_NS = 2_000_000_000
_PHASES: tuple[Phase, ...] = get_args(Phase)


class OpenRequest:
    """A request whose stream has not ended: the probe's stamps so far."""

    def __init__(self, step: Step, sent_ns: int) -> None:
        self.step = step
        self.sent_ns = sent_ns
        self.first_content_ns: int | None = None
        self.first_answer_ns: int | None = None
        self.last_content_ns: int | None = None
        self.chunks = 0

    def arrived(self, chunks: tuple[Chunk, ...]) -> None:
        told = [chunk for chunk in chunks if chunk.text]
        if not told:
            return
        if self.first_content_ns is None:
            self.first_content_ns = told[0].at_ns
        if self.first_answer_ns is None:
            self.first_answer_ns = next((chunk.at_ns for chunk in told if not chunk.thinking), None)
        self.last_content_ns = told[-1].at_ns
        self.chunks += len(told)

    def overlaps(self, other: OpenRequest) -> bool:
        """Whether tokens of both came in the same span of time: the server runs them at once."""
        if self.first_content_ns is None or other.first_content_ns is None:
            return False
        assert self.last_content_ns is not None and other.last_content_ns is not None
        began = max(self.first_content_ns, other.first_content_ns)
        return min(self.last_content_ns, other.last_content_ns) > began

    def timings(self, closed_ns: int | None = None) -> ClientTimings:
        return ClientTimings(
            self.sent_ns,
            self.first_content_ns,
            self.first_answer_ns,
            self.last_content_ns,
            closed_ns,
            self.chunks,
        )

    def metrics(
        self,
        server: ServerTimings | None = None,
        done_reason: str | None = None,
        closed_ns: int | None = None,
    ) -> RequestMetrics:
        return RequestMetrics(self.step, server or ServerTimings(), self.timings(closed_ns), done_reason)


class AgentFold:
    """One agent's part of a run."""

    def __init__(self, agent: AgentId, settings: AgentSettings, started_ns: int) -> None:
        self.agent = agent
        self.settings = settings
        self.state = AgentState.IDLE
        self.step: Phase | None = None
        self.offload: Offload | None = None
        """The latest measurement."""
        self.error: ErrorInfo | None = None
        self.finished: list[RequestMetrics] = []
        self.repair: RequestMetrics | None = None
        """The request that mended the report: beside the finished ones, in none of their sums."""
        self.open: OpenRequest | None = None
        self._grounding = GroundingFold()
        self._why = ""
        self._started_ns = started_ns
        self._ended_ns: int | None = None
        self._step_started_ns: dict[Phase, int] = {}
        self._facts: FactsIngested | None = None
        self._sent: RequestSent | None = None
        self._evidence: list[RequestEvidence] = []
        self._recent_ns: deque[int] = deque()

    def apply(self, event: RunEvent) -> None:
        match event:
            case AgentStateChanged():
                self._change_state(event)
            case FactsIngested():
                self._facts = event
            case OffloadMeasured(offload=offload):
                self.offload = offload
            case RequestSent():
                self.open, self._sent = OpenRequest(event.step, event.at_ns), event
                self._recent_ns.clear()
            case TokensArrived(chunks=chunks):
                self._take(chunks)
            case RequestFinished(metrics=metrics, error=error):
                self._finish(metrics, error)
            case NumbersChecked() | TextChecked() | RepairJudged():
                self._grounding.apply(event)
            case _:
                pass

    def _change_state(self, event: AgentStateChanged) -> None:
        if event.state is AgentState.INGEST:
            self._started_ns = event.at_ns
        self.state, self._why, self.error = event.state, event.why, event.error or self.error
        if event.step is not None:
            self.step = event.step
            self._step_started_ns.setdefault(event.step, event.at_ns)
        if not event.state.is_active and self._ended_ns is None:
            self._ended_ns = event.at_ns

    @property
    def ended_ns(self) -> int | None:
        """When all that is measured was over; a repair comes later."""
        return self._ended_ns

    @property
    def _is_over(self) -> bool:
        """Whether nothing is written any more, though a killed daemon may have left a request open."""
        return self._ended_ns is not None and not self.state.is_active

    @property
    def is_mending(self) -> bool:
        return self._ended_ns is not None and self.state.is_active

    def _finish(self, metrics: RequestMetrics, error: ErrorInfo | None) -> None:
        if metrics.step == "repair":
            self.repair = metrics
        else:
            self.finished.append(metrics)
            self._evidence.append(_evidence(metrics, self._sent, error))
        self.open = self._sent = None

    def _take(self, chunks: tuple[Chunk, ...]) -> None:
        if self.open is not None:
            self.open.arrived(chunks)
        recent = self._recent_ns
        recent.extend([chunk.at_ns for chunk in chunks if chunk.text])
        if recent:
            oldest_ns = recent[-1] - RATE_WINDOW_NS
            while recent[0] < oldest_ns:
                recent.popleft()

    def rate_now(self, now_ns: int) -> float | None:
        """Chunks per second over the last two seconds; None until two have come, when none is
        being written, and while they came so close that it is no rate."""
        if self.open is None or self._is_over:
            return None
        recent = self._recent_ns
        while recent and recent[0] < now_ns - RATE_WINDOW_NS:
            recent.popleft()
        if len(recent) < 2:
            return 0.0 if self.open.chunks >= 2 else None
        # a pause counts: the window ends now, not at the last chunk, once it is longer than a usual gap
        end_ns = max(recent[-1], now_ns - (recent[-1] - recent[0]) // (len(recent) - 1))
        return rate(len(recent) - 1, end_ns - recent[0])

    def live(self, now_ns: int) -> LiveMetrics:
        open_tokens = self.open.chunks if self.open and self.open.step != "repair" else 0
        requests = [*self.finished, *filter(None, (self.repair, self.open.metrics() if self.open else None))]
        exact = [request.server.eval_tokens for request in self.finished]
        tokens = sum(
            request.client.chunks if count is None else count
            for request, count in zip(self.finished, exact, strict=True)
        )
        facts = self._facts
        return LiveMetrics(
            state=self.state,
            step=self.step,
            why=self._why,
            elapsed_ns=max(0, (self._ended_ns or now_ns) - self._started_ns),
            tokens=tokens + open_tokens,
            tokens_exact=not open_tokens and None not in exact,
            rate_now=self.rate_now(now_ns),
            requests=tuple(requests),
            waiting_ns=self._waiting_ns(now_ns),
            context_used=self._context_used(),
            context_size=facts.context_size if facts else None,
            facts_cut=facts.cut if facts else "",
            grounding=self._grounding.live,
        )

    def _waiting_ns(self, now_ns: int) -> int | None:
        if self.open is None or self._is_over or self.open.first_content_ns is not None:
            return None
        return max(0, now_ns - self.open.sent_ns)

    def _context_used(self) -> int | None:
        """Prompt and answer of the current or last request, in tokens."""
        if self.open is not None:
            estimated = self._sent.prompt_tokens_estimated if self._sent else None
            return None if estimated is None else estimated + self.open.chunks
        last = self.repair or (self.finished[-1] if self.finished else None)
        if last is None:
            return None
        server = last.server
        if server.prompt_tokens is None or server.eval_tokens is None:
            return None
        return server.prompt_tokens + server.eval_tokens

    def _step_ns(self, step: Phase) -> int:
        """Wall time of one step: until the next one began, or until the agent ended."""
        started = self._step_started_ns.get(step)
        if started is None:
            return 0
        ends = [at for name, at in self._step_started_ns.items() if _PHASES.index(name) > _PHASES.index(step)]
        ends += [self._ended_ns] if self._ended_ns is not None else []
        end = min(ends, default=None)
        return 0 if end is None else max(0, end - started)

    def outcome(self) -> AgentOutcome:
        """What is kept of this agent; a request that never ended is kept with its stamps."""
        left = self.open.metrics() if self.open else None
        mending = left is not None and left.step == "repair"
        requests = (*self.finished, left) if left is not None and not mending else tuple(self.finished)
        return AgentOutcome(
            agent=self.agent,
            state=self.state,
            settings=self.settings,
            requests=requests,
            totals=total_of(requests),
            ingest_ns=self._step_ns("ingest"),
            analysis_ns=self._step_ns("analysis"),
            report_ns=self._step_ns("report"),
            files_analysed=self._facts.files if self._facts else 0,
            facts_cut=self._facts.cut if self._facts else "",
            error=self.error,
            offload=self.offload,
            grounding=self._grounding.kept,
            remarks=self._grounding.remarks,
            repair=self._grounding.repair(left if mending else self.repair),
        )

    def evidence(self) -> AgentEvidence:
        """What the causes of this agent's waits are found from."""
        requests = list(self._evidence)
        if self.open is not None and self.open.step != "repair":
            requests.append(_evidence(self.open.metrics(), self._sent, self.error))
        return AgentEvidence(
            agent=self.agent,
            settings=self.settings,
            requests=tuple(requests),
            offload=self.offload,
            context_size=self._facts.context_size if self._facts else None,
            state=self.state,
        )


def _evidence(metrics: RequestMetrics, sent: RequestSent | None, error: ErrorInfo | None) -> RequestEvidence:
    """`sent` is None for a request that failed before it left."""
    if sent is None:
        return RequestEvidence(metrics, error=error)
    return RequestEvidence(
        metrics,
        prompt_chars=len(sent.system) + len(sent.prompt),
        prompt_tokens_estimated=sent.prompt_tokens_estimated,
        loaded_before=sent.loaded_before,
        reloads=sent.reloads,
        reload_by=sent.reload_by,
        undone=sent.undone,
        error=error,
    )
