"""Settings and surroundings in which two groups of runs differ, really or only as they were asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from chimera_tui.analysis.groups import agents_of, outcome_of
from chimera_tui.domain.comparison import SettingDifference
from chimera_tui.domain.environment import Environment, ModelFacts
from chimera_tui.domain.names import printable
from chimera_tui.domain.options import OPTION_SPECS, AgentId, all_layers, effective_num_gpu
from chimera_tui.domain.runs import AgentOutcome, RunSummary
from chimera_tui.domain.servers import with_tag

Runs = Sequence[RunSummary]
SERVERS = "server's default"
_ENVIRONMENT: tuple[tuple[str, Callable[[Environment], str]], ...] = (
    ("our version", lambda e: e.version),
    ("machine", lambda e: e.host.hostname_hash),
    ("kernel", lambda e: e.host.kernel),
    ("GPUs", lambda e: ", ".join(gpu.name for gpu in e.host.gpus)),
    ("driver", lambda e: e.host.driver),
    ("Ollama's environment", lambda e: " ".join(f"{name}={value}" for name, value in e.host.ollama_environment)),
)
_MODEL: tuple[tuple[str, Callable[[ModelFacts], str]], ...] = (
    ("server version", lambda m: m.server_version),
    ("model digest", lambda m: m.digest[:12]),
    ("quantisation", lambda m: m.quantization),
)


def setting_differences(a: Runs, b: Runs) -> tuple[SettingDifference, ...]:
    """What is not the same on both sides: the runs' own, each agent's settings, then the surroundings.

    A fact that one side did not record is no difference. Numbers that come to the same are told as that.
    """
    found = [_difference("mode", a, b, lambda run: run.mode), _difference("simulated", a, b, _simulated)]
    found += [_difference("agents", a, b, lambda run: "+".join(o.agent.label for o in run.agents))]
    for agent in agents_of([*a, *b]):
        found += _agent_differences(agent, a, b)
    for name, pick in _ENVIRONMENT:
        found.append(_difference(name, a, b, _of_environment(pick)))
    return tuple(each for each in found if each is not None)


def variations(side: str, runs: Runs) -> list[str]:
    """Settings and prompts that are not even the same within one group, as cautions; what is equal in effect is
    the same."""
    found: list[str] = []
    for agent in agents_of(runs):
        for name, read in _readers(agent):
            values = _values(runs, read)
            if len(values) > 1:
                found.append(f"{side} mixes settings: agent {agent.label}'s {name} is {' and '.join(values)}")
        prompts = _values(runs, _prompt_digest(agent))
        if len(prompts) > 1:
            found.append(
                f"{side} mixes prompts: agent {agent.label} was given {len(prompts)} different ones, so that its "
                "TTFT is not of the same work"
            )
    return found


def unlike_prompts(a: Runs, b: Runs) -> list[str]:
    """A caution for each agent that was asked something else on either side."""
    found: list[str] = []
    for agent in agents_of(a):
        first, second = (set(_values(runs, _prompt_digest(agent))) for runs in (a, b))
        if first and second and not first & second:
            found.append(
                f"agent {agent.label}'s prompt in B is not that in A, so that its TTFT is not of the same work"
            )
    return found


def _agent_differences(agent: AgentId, a: Runs, b: Runs) -> list[SettingDifference | None]:
    found = [_difference(name, a, b, read, agent) for name, read in _readers(agent)]
    found.append(_only_asked_otherwise(agent, a, b))
    for name, pick in _MODEL:
        found.append(_difference(name, a, b, _of_model(agent, pick), agent))
    found.append(_difference("prompt digest", a, b, _prompt_digest(agent), agent))
    return found


def _of_agent(agent: AgentId, pick: Callable[[AgentOutcome], str]) -> Callable[[RunSummary], str]:
    def read(run: RunSummary) -> str:
        outcome = outcome_of(run, agent)
        return "" if outcome is None else pick(outcome)

    return read


def _option(name: str) -> Callable[[AgentOutcome], str]:
    return lambda outcome: _text(outcome.settings.options.get(name))


def _readers(agent: AgentId) -> list[tuple[str, Callable[[RunSummary], str]]]:
    """Name and reader of each setting of an agent, as it takes effect."""
    picks: list[tuple[str, Callable[[AgentOutcome], str]]] = [
        ("model", lambda o: with_tag(o.settings.model)),
        ("host", lambda o: o.settings.host),
        ("api", lambda o: o.settings.api),
        ("think", lambda o: _text(o.settings.think)),
        ("keep_alive", lambda o: _text(o.settings.keep_alive)),
        *((spec.name, _offload if spec.name == "num_gpu" else _option(spec.name)) for spec in OPTION_SPECS),
    ]
    return [(name, _of_agent(agent, pick)) for name, pick in picks]


def _offload(outcome: AgentOutcome) -> str:
    """`num_gpu` as it takes effect, where the model's shape is known: 60, 80 and 120 are all of 35 layers."""
    blocks = outcome.offload.block_count if outcome.offload else None
    layers = effective_num_gpu(outcome.settings.options.num_gpu, blocks)
    if layers is None:
        return SERVERS
    if blocks is None:
        return str(layers)
    every = all_layers(blocks)
    return f"all {every} layers" if layers == every else f"{layers} of {every} layers"


def _only_asked_otherwise(agent: AgentId, a: Runs, b: Runs) -> SettingDifference | None:
    """A `num_gpu` of another number that puts the same layers on the GPU."""
    effect = _of_agent(agent, _offload)
    if _difference("num_gpu", a, b, effect, agent) is not None:
        return None
    asked = _difference("num_gpu", a, b, _of_agent(agent, _option("num_gpu")), agent)
    return asked and replace(asked, equal_in_effect=" / ".join(_values(a, effect)))


def _difference(
    name: str, a: Runs, b: Runs, read: Callable[[RunSummary], str], agent: AgentId | None = None
) -> SettingDifference | None:
    first, second = _values(a, read), _values(b, read)
    if not first or not second or first == second:
        return None
    return SettingDifference(name, " / ".join(first), " / ".join(second), agent.value if agent else "")


def _values(runs: Runs, read: Callable[[RunSummary], str]) -> list[str]:
    return sorted({printable(value) for value in map(read, runs) if value})


def _of_environment(pick: Callable[[Environment], str]) -> Callable[[RunSummary], str]:
    return lambda run: "" if run.environment is None else pick(run.environment)


def _of_model(agent: AgentId, pick: Callable[[ModelFacts], str]) -> Callable[[RunSummary], str]:
    def read(run: RunSummary) -> str:
        models: Iterable[ModelFacts] = run.environment.models if run.environment else ()
        return next((pick(model) for model in models if model.agent == agent.value), "")

    return read


def _prompt_digest(agent: AgentId) -> Callable[[RunSummary], str]:
    return lambda run: dict(run.environment.prompt_digests).get(agent.value, "") if run.environment else ""


def _simulated(run: RunSummary) -> str:
    return "yes" if run.simulated else "no"


def _text(value: object) -> str:
    match value:
        case None:
            return SERVERS
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.7g}"
        case _:
            return str(value)
