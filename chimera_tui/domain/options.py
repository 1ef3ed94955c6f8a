"""The settings of one agent's requests: names, ranges, steps, and which of them reload the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Literal, NamedTuple

from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.near import near

OptionValue = int | float


class AgentId(StrEnum):
    """A collects (inventory, gaps in telemetry); B explains (summary, recommendations, risks)."""

    A = "a"
    B = "b"

    @property
    def label(self) -> str:
        return self.value.upper()

    @property
    def other(self) -> AgentId:
        return AgentId.B if self is AgentId.A else AgentId.A


class OptionSpec(NamedTuple):
    """One numeric option as Ollama knows it (`options` of a request)."""

    name: str
    kind: Literal["int", "float"]
    low: float
    high: float
    ladder: tuple[float, ...]
    """Values that the step keys visit, ascending; any other value in range can be typed."""
    start: float
    """Where the step keys start from while the choice is the server's."""
    server_default: str
    """What the server uses when the option is omitted, in words."""
    load_time: bool
    """A change makes the server reload the model (seen on a real server)."""
    help: str

    def parse(self, text: str) -> OptionValue | None:
        """Read a typed value; an empty text or `default` means the server's default (None).

        Raises SettingInvalid with the range and the text.
        """
        text = text.strip()
        if text in ("", "default"):
            return None
        try:
            value: OptionValue = int(text) if self.kind == "int" else float(text)
        except ValueError:
            wanted = "a whole number" if self.kind == "int" else "a number"
            raise SettingInvalid(
                f"{self.name} must be {wanted}, not {text!r}",
                where=self.name,
                next_=f"Type {wanted} from {self.low:g} to {self.high:g}, or nothing for the server's default.",
            ) from None
        return self.check(value)

    def check(self, value: OptionValue) -> OptionValue:
        """The value itself when it has the right type and range, else SettingInvalid (NaN is out of range)."""
        if isinstance(value, bool) or (self.kind == "int" and not isinstance(value, int)):
            raise SettingInvalid(
                f"{self.name} must be a whole number, not {value!r}",
                where=self.name,
                next_=f"Give a whole number from {self.low:g} to {self.high:g}.",
            )
        if not self.low <= value <= self.high:
            raise SettingInvalid(
                f"{self.name} must be from {self.low:g} to {self.high:g}, not {value:g}",
                where=self.name,
                next_="Choose a value in that range, or reset to the server's default.",
            )
        return value

    def step(self, value: OptionValue | None, direction: Literal[-1, 1]) -> OptionValue:
        """The next value of the ladder above or below; from the server's default it starts near that default."""
        if value is None:
            value = self.start
        if direction > 0:
            found = next((step for step in self.ladder if step > value + 1e-9), self.ladder[-1])
            found = max(found, value)
        else:
            found = next((step for step in reversed(self.ladder) if step < value - 1e-9), self.ladder[0])
            found = min(found, value)
        return int(found) if self.kind == "int" else round(float(found), 4)


def _range(start: float, stop: float, step: float) -> tuple[float, ...]:
    count = round((stop - start) / step)
    return tuple(round(start + index * step, 4) for index in range(count + 1))


OPTION_SPECS: tuple[OptionSpec, ...] = (
    OptionSpec("num_gpu", "int", -1, 999, (-1, 0, 5, 10, 20, 40, 80, 120), 999, "automatic", True,
               "Layers on the GPU; 0 is CPU only, block_count + 1 or more is everything, -1 is automatic."),
    OptionSpec("num_ctx", "int", 4, 1_048_576,
               (512, 1024, 2048, 4096, 8192, 16384, 32768, 65536, 131072, 262144), 4096, "by VRAM", True,
               "Context length in tokens, prompt and answer together."),
    OptionSpec("temperature", "float", 0.0, 2.0, _range(0.0, 2.0, 0.1), 0.8, "0.8", False,
               "Randomness of sampling; 0 is greedy."),
    OptionSpec("top_p", "float", 0.0, 1.0, _range(0.0, 1.0, 0.05), 0.9, "0.9", False,
               "Nucleus sampling: the share of probability that is kept."),
    OptionSpec("top_k", "int", 0, 1_000, (0, 1, 5, 10, 20, 40, 60, 80, 100, 200), 40, "40", False,
               "Tokens that are kept for sampling; 0 keeps all."),
    OptionSpec("repeat_penalty", "float", 0.0, 3.0, _range(0.8, 2.0, 0.05), 1.0, "1.0", False,
               "Penalty on repeated tokens; 1 is none."),
    OptionSpec("num_predict", "int", 1, 131_072, (64, 128, 256, 512, 1024, 2048, 4096, 8192), 131_072,
               "unlimited", False, "Most tokens of one answer."),
    OptionSpec("seed", "int", 0, 2_147_483_647, tuple(float(n) for n in range(101)), 0, "random", False,
               "Seed of the sampler, for answers that can be repeated."),
)  # fmt: skip
"""Ranges are ours (the server checks none); defaults and reload behaviour are Ollama's, v0.33."""

OPTIONS_BY_NAME: Mapping[str, OptionSpec] = {spec.name: spec for spec in OPTION_SPECS}


def option_spec(name: str) -> OptionSpec:
    """The spec of an option, or SettingInvalid naming the nearest known one."""
    spec = OPTIONS_BY_NAME.get(name)
    if spec is not None:
        return spec
    alike = near(name, OPTIONS_BY_NAME)
    hint = f"Did you mean {alike[0]}?" if alike else f"Known options: {', '.join(OPTIONS_BY_NAME)}."
    raise SettingInvalid(f"unknown option {name!r}", where="options", next_=hint)


@dataclass(frozen=True, slots=True)
class Options:
    """Options as requested; None leaves the choice to the server."""

    num_gpu: int | None = None
    num_ctx: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    repeat_penalty: float | None = None
    num_predict: int | None = None
    seed: int | None = None

    def get(self, name: str) -> OptionValue | None:
        value: OptionValue | None = getattr(self, option_spec(name).name)
        return value

    def with_value(self, name: str, value: OptionValue | None) -> Options:
        """A copy with one option changed, checked."""
        spec = option_spec(name)
        if value is not None:
            value = spec.check(value)
            if spec.kind == "float":
                value = float(value)
        return replace(self, **{name: value})  # type: ignore[arg-type]  # the spec has checked the type

    def requested(self) -> dict[str, OptionValue]:
        """Only what was asked for, in the order of the specs: the `options` object of a request."""
        pairs = ((spec.name, self.get(spec.name)) for spec in OPTION_SPECS)
        return {name: value for name, value in pairs if value is not None}


@dataclass(frozen=True, slots=True)
class AgentSettings:
    """Everything that one agent's next request is made of, apart from its prompt."""

    model: str
    host: str
    """Base URL without a trailing slash, e.g. `http://127.0.0.1:11434`."""
    options: Options = field(default_factory=Options)
    api: Literal["chat", "generate"] = "chat"
    keep_alive: str | int = "5m"
    think: bool | None = None
    """None leaves it to the server, whose thinking models think by default."""

    def load_time_options(self) -> dict[str, OptionValue | None]:
        """None is left to the server, as a negative num_gpu is."""
        options = {spec.name: self.options.get(spec.name) for spec in OPTION_SPECS if spec.load_time}
        return options | {"num_gpu": None if (self.options.num_gpu or 0) < 0 else self.options.num_gpu}


def all_layers(block_count: int) -> int:
    """Every block and the output layer."""
    return block_count + 1


def effective_num_gpu(num_gpu: int | None, block_count: int | None) -> int | None:
    """What a requested num_gpu comes to: all layers are the most, None is the server's choice.

    60, 80 and 120 are one setting on a model of 34 blocks: 35. Ollama reloads for each change all the same.
    """
    if num_gpu is None or num_gpu < 0:
        return None
    return num_gpu if block_count is None else min(num_gpu, all_layers(block_count))
