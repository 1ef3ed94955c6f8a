"""A finished run in words: state, agents, settings, place in a series, what disturbed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from chimera_tui.domain.flags import DISTURBS, TOLD, Flag, tally
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.run_state import RunState
from chimera_tui.tui.widgets.lines import Span

if TYPE_CHECKING:
    from chimera_tui.domain.campaign_outline import CampaignPlace
    from chimera_tui.domain.runs import AgentOutcome, RunSummary, SeriesPlace

RUN_SIGNS = {
    RunState.RUNNING: ("●", "running", "good"),
    RunState.DONE: ("✓", "done", "good"),
    RunState.FAILED: ("✗", "failed", "bad"),
    RunState.CANCELLED: ("■", "cancelled", "warn"),
}
"""(sign, word, style) of each state."""


def outcome_of(run: RunSummary, agent: AgentId) -> AgentOutcome | None:
    return next((outcome for outcome in run.agents if outcome.agent is agent), None)


def agents_text(run: RunSummary) -> str:
    """`A+B` together, `A→B` in sequence, `B` alone."""
    between = "→" if run.mode == "sequence" else "+"
    return between.join(outcome.agent.label for outcome in run.agents)


def each(run: RunSummary, tell: Callable[[AgentOutcome], str], between: str = "/") -> str:
    """What is told of each agent; once when it is the same for both, nothing while the run goes on."""
    return between.join(dict.fromkeys(tell(outcome) for outcome in run.agents))


def models_text(run: RunSummary) -> str:
    return printable(each(run, lambda outcome: outcome.settings.model, " / "))


def option_text(settings: AgentSettings, name: str) -> str:
    """As it was asked for; `auto` where the choice was the server's."""
    value = settings.options.get(name)
    return "auto" if value is None or (name == "num_gpu" and value < 0) else f"{value:g}"


def settings_text(settings: AgentSettings) -> str:
    """Model and every option that was asked for."""
    asked = settings.options.requested().items()
    return " · ".join([printable(settings.model), *(f"{name} {value:g}" for name, value in asked)])


def when_text(run: RunSummary) -> str:
    """`2026-11-21 20:00`, UTC."""
    return f"{run.started_utc.astimezone(UTC):%Y-%m-%d %H:%M}"


def series_cell(place: SeriesPlace | None) -> str:
    """`3/5`; `w 1/1` for a warm-up, `s 1/5` for an agent alone."""
    if place is None:
        return ""
    role = {"warmup": "w ", "measured": "", "solo": "s "}[place.role]
    return f"{role}{place.index}/{place.of}"


def series_words(place: SeriesPlace) -> str:
    role = {"warmup": "warm-up ", "measured": "", "solo": "agent alone "}[place.role]
    return f"{role}{place.index} of {place.of}"


def campaign_words(place: CampaignPlace) -> str:
    return f"{'warm-up ' if place.role == 'warmup' else 'repeat '}{place.repeat}"


def causes_spans(flags: Sequence[Flag], *, whom: bool) -> list[Span]:
    """Mark and count, then each cause once: `⚑1 A, B cold load  •1 B cached prompt`, or without whom it hit."""
    spans: list[Span] = []
    for sign, style in ((DISTURBS, "warn"), (TOLD, "dim")):
        told = [flag for flag in flags if flag.cause.sign == sign]
        if told:
            words = " · ".join(_with_whom(told)) if whom else ", ".join(_short(told))
            spans += [("  ", ""), (printable(f"{tally(told)} {words}"), style)]
    return spans[1:]


def _with_whom(flags: Sequence[Flag]) -> Iterator[str]:
    """`A, B cold load`."""
    hit: dict[str, list[str]] = {}
    for flag in flags:
        agents = hit.setdefault(flag.cause.value, [])
        if flag.agent is not None and flag.agent.label not in agents:
            agents.append(flag.agent.label)
    yield from (f"{', '.join(sorted(agents))} {cause}".strip() for cause, agents in hit.items())


def _short(flags: Sequence[Flag]) -> Sequence[str]:
    """`reload` of all its kinds."""
    return list(dict.fromkeys(flag.cause.value.partition(":")[0] for flag in flags))


def same_models(first: RunSummary, second: RunSummary) -> bool:
    """Whether both runs have the same agents with the same models."""
    return _models(first) == _models(second)


def _models(run: RunSummary) -> Sequence[tuple[AgentId, str]]:
    return [(outcome.agent, outcome.settings.model) for outcome in run.agents]
