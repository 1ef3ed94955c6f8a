"""Every setting there is: its section, name, reader and help. Files, variables and flags follow from this."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.near import near
from chimera_tui.domain.options import OPTION_SPECS, AgentId, OptionSpec

Reader = Callable[[object], object]
"""Takes a TOML value or a text and gives the checked value; SettingInvalid says what was wanted."""


class Key(NamedTuple):
    """One setting. A key of section `agents` exists for both agents and for each of them."""

    section: Literal["agents", "run", "inventory", "daemon", "viewer", "limits"]
    name: str
    read: Reader
    metavar: str
    help: str

    @property
    def dotted(self) -> str:
        return f"{self.section}.{self.name}"


def _wrong(wanted: str, value: object, next_: str = "") -> SettingInvalid:
    return SettingInvalid(f"must be {wanted}, not {value!r}", next_=next_ or f"Give {wanted}.")


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _wrong("a text that is not empty", value)
    return value.strip()


def _boolean(value: object) -> bool:
    words = {
        "true": True,
        "yes": True,
        "on": True,
        "1": True,
        "false": False,
        "no": False,
        "off": False,
        "0": False,
    }
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in words:
        return words[value.strip().lower()]
    raise _wrong("true or false", value)


def _choice(*choices: str) -> Reader:
    def read(value: object) -> str:
        if isinstance(value, str) and value.strip().lower() in choices:
            return value.strip().lower()
        raise _wrong(" or ".join(choices), value)

    return read


def _seconds(least: float) -> Reader:
    wanted = f"a number of seconds, at least {least:g}"

    def read(value: object) -> float:
        try:
            seconds = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type]  # checked below
        except (TypeError, ValueError):
            raise _wrong(wanted, value) from None
        if not least <= seconds < math.inf:
            raise _wrong(wanted, value)
        return seconds

    return read


def _whole(low: int, high: int, of: str) -> Reader:
    wanted = f"a whole number of {of} from {low} to {high}"

    def read(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,9}", value.strip()):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise _wrong(wanted, value)
        return value

    return read


def _or_default(read: Reader, *words: str) -> Reader:
    """Let a specific place undo a general one: `default` means None."""

    def read_or_none(value: object) -> object:
        if isinstance(value, str) and value.strip().lower() in ("default", *words):
            return None
        return read(value)

    return read_or_none


_DURATION = re.compile(r"(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


def _keep_alive(value: object) -> str | int:
    """Ollama's duration: `5m`, whole seconds, 0 (unload at once) or -1 (stay)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"-?\d+", text):
            return int(text)  # as a string the server refuses a bare number
        if text and not _DURATION.sub("", text.removeprefix("-")):
            return text
    raise _wrong("a duration", value, "Give a duration such as 5m or 1h30m, whole seconds, 0, or -1 for always.")


def _option(spec: OptionSpec) -> Reader:
    def read(value: object) -> object:
        if isinstance(value, str):
            return spec.parse(value)
        if not isinstance(value, int | float):
            raise _wrong("a number", value)
        checked = spec.check(value)
        return float(checked) if spec.kind == "float" else checked

    return read


def _option_key(spec: OptionSpec) -> Key:
    reloads = " [reloads the model]" if spec.load_time else ""
    help_ = f"{spec.help.rstrip('.')} ({spec.low:g} to {spec.high:,.10g}){reloads}"
    return Key("agents", spec.name, _option(spec), "N" if spec.kind == "int" else "X", help_)


AGENT_KEYS: tuple[Key, ...] = (
    Key("agents", "model", _text, "NAME", "model that writes, as the server lists it"),
    Key("agents", "host", _text, "HOST", "Ollama server, written as in OLLAMA_HOST"),
    Key("agents", "api", _choice("chat", "generate"), "chat|generate", "endpoint; chat by default"),
    Key("agents", "keep_alive", _keep_alive, "TIME", "how long the model stays loaded, e.g. 5m, 0 or -1"),
    Key("agents", "think", _or_default(_boolean), "true|false", "let a thinking model think, or not"),
    *(_option_key(spec) for spec in OPTION_SPECS),
)

OTHER_KEYS: tuple[Key, ...] = (
    Key("run", "mode", _choice("together", "sequence"), "together|sequence", "at the same time, or B after A"),
    Key("run", "timeout_s", _or_default(_seconds(1), "none"), "S", "cancel a run or series after so many seconds"),
    Key("run", "stall_s", _seconds(1), "S", "an answer that stands still for so long counts as cut; 600"),
    Key("run", "name_host", _boolean, "true|false", "write the machine's name into results, not a hash only"),
    Key("run", "repair", _boolean, "true|false", "let the model mend numbers that the files contradict"),
    Key("inventory", "polling", _boolean, "true|false", "watch by polling even where inotify works"),
    Key("inventory", "links_out", _boolean, "true|false", "read files behind links that lead out of the reports"),
    Key("daemon", "idle_timeout_s", _seconds(0), "S", "end after so many seconds without viewer and run"),
    Key("viewer", "theme", _choice("dark", "light"), "dark|light", "colours of the screen"),
    Key("viewer", "fps", _whole(1, 30, "redraws a second"), "N", "most redraws a second, 1 to 30; 10 by default"),
    Key("viewer", "quiet_link", _boolean, "true|false", "for slow lines: two redraws a second, figures for plots"),
    Key("viewer", "output", _choice("auto", "changed", "whole"), "auto|changed|whole",
        "send what changed on the screen, or whole lines; auto by default"),
    Key("limits", "file_mib", _whole(1, 1024, "MiB"), "N", "MiB of a file that are read; 32 by default"),
    Key("limits", "json_depth", _whole(1, 500, "levels"), "N", "levels of JSON that are read; 64 by default"),
    Key("limits", "csv_width", _whole(1, 1_000_000, "cells"), "N", "cells of a CSV row that are read; 20,000"),
    Key("limits", "columns", _whole(1, 100_000, "columns"), "N", "columns or keys kept of a file; 5,000"),
    Key("limits", "changes_per_second", _whole(100, 1_000_000, "changes"), "N", "changes of files told; 20,000"),
    Key("limits", "viewers", _whole(1, 1_000, "viewers"), "N", "screens that may be attached at a time; 16"),
    Key("limits", "journal_gib", _whole(1, 100_000, "GiB"), "N", "no new run begins beyond this; 20 by default"),
)  # fmt: skip

KEYS: dict[str, Key] = {key.dotted: key for key in (*AGENT_KEYS, *OTHER_KEYS)}
"""By `section.name`; agents' keys once, for both."""


def key_of(dotted: str) -> Key | None:
    """The key behind a full name, `agents.a.num_gpu` and `agents.num_gpu` alike; None when there is none."""
    section, _, rest = dotted.partition(".")
    agent, _, name = rest.partition(".")
    if section == "agents" and name and agent in tuple(AgentId):
        return KEYS.get(f"agents.{name}")
    return KEYS.get(dotted)


def variable_of(dotted: str) -> str:
    """The environment variable of a full name: `agents.a.num_gpu` is CHIMERA_A_NUM_GPU."""
    _, _, rest = dotted.partition(".")
    return f"CHIMERA_{rest.replace('.', '_').upper()}"


def flag_of(dotted: str) -> str:
    """The flag of a full name: `agents.a.num_gpu` is --a-num-gpu, `run.timeout_s` is --timeout."""
    _, _, rest = dotted.partition(".")
    return "--" + rest.removesuffix("_s").replace(".", "-").replace("_", "-")


def all_names() -> tuple[str, ...]:
    """Every full name that can be set, agents' three times: for both, for A and for B."""
    agents = [key.dotted for key in AGENT_KEYS]
    for agent in AgentId:
        agents += [f"agents.{agent}.{key.name}" for key in AGENT_KEYS]
    return (*agents, *(key.dotted for key in OTHER_KEYS))


def suggestion(name: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known word, or all of them when none is near."""
    words = list(known)
    alike = near(name, words)
    return f"Did you mean {alike[0]}?" if alike else f"Known here: {', '.join(words)}."
