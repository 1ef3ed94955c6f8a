"""What `chimera doctor` looks at: one function per thing, each giving its findings and what to do."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chimera_tui import __version__
from chimera_tui.client.places import Places
from chimera_tui.domain.errors import ChimeraError
from chimera_tui.domain.options import AgentId, AgentSettings
from chimera_tui.domain.servers import same_model
from chimera_tui.settings import Settings

Level = Literal["ok", "warn", "fail"]

LEAST_COLUMNS, LEAST_ROWS = 80, 24
LEAST_FREE_BYTES = 200_000_000
INOTIFY = Path("/proc/sys/fs/inotify")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor's report."""

    name: str
    level: Level
    text: str
    next: str = ""
    """What to do about it; empty when nothing is to be done."""


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok", f"{version}, chimera {__version__}")


def settings_file(settings: Settings) -> Iterator[Finding]:
    yield Finding("settings", "ok", str(settings.file or "no chimera.toml; defaults, environment and flags only"))
    for each in settings.passed_over:
        yield Finding("settings", "warn", each)
    for variable in settings.unknown_variables:
        yield Finding("settings", "warn", f"{variable} means nothing to this program", "See: chimera config")


def api_key(environ: Mapping[str, str], hosts: Sequence[str]) -> Iterator[Finding]:
    """Nothing where there is none."""
    from chimera_tui.services.ollama.api_key import VARIABLE, in_the_clear, read_api_key

    try:
        key = read_api_key(environ)
    except ChimeraError as error:
        yield Finding("api key", "fail", error.info.what, error.info.next)
        return
    if key:
        yield Finding("api key", "ok", VARIABLE if environ.get(VARIABLE, "").strip() else "from its file")
    for caution in in_the_clear(hosts, key):
        yield Finding("api key", "warn", caution.rstrip("."))


def terminal(environ: Mapping[str, str]) -> Iterator[Finding]:
    """The terminal of standard output, or that of standard error when the output goes elsewhere."""
    stream = next((each for each in (sys.stdout, sys.stderr, sys.stdin) if each.isatty()), None)
    kind = environ.get("TERM", "")
    if stream is None or kind in ("", "dumb"):
        why = "no terminal here" if stream is None else f"TERM={kind or 'is empty'}: this terminal can not draw"
        yield Finding("terminal", "warn", why, "The screen needs one; without it use: chimera run")
        return
    columns, rows = os.get_terminal_size(stream.fileno())
    text = f"{kind}, {columns}×{rows}"
    if columns < LEAST_COLUMNS or rows < LEAST_ROWS:
        yield Finding(
            "terminal", "warn", text, f"The screen needs {LEAST_COLUMNS}×{LEAST_ROWS}; enlarge the window."
        )
    else:
        yield Finding("terminal", "ok", text)
    yield colour(kind, environ)
    encoding = sys.stdout.encoding or "unknown"
    if encoding.lower().replace("-", "") == "utf8":
        yield Finding("encoding", "ok", "UTF-8")
    else:
        yield Finding("encoding", "warn", encoding, "Set LANG to a UTF-8 locale, e.g. C.UTF-8.")


def colour(kind: str, environ: Mapping[str, str]) -> Finding:
    if environ.get("NO_COLOR"):
        return Finding("colour", "ok", "off, because NO_COLOR is set")
    if environ.get("COLORTERM", "") in ("truecolor", "24bit"):
        return Finding("colour", "ok", "16 million")
    if "256" in kind or "kitty" in kind or "direct" in kind:
        return Finding("colour", "ok", "256; COLORTERM=truecolor gives all, where the terminal can")
    return Finding("colour", "warn", "16, as far as TERM tells", "Try TERM=xterm-256color.")


async def server(host: str, agents: Sequence[tuple[AgentId, AgentSettings]]) -> list[Finding]:
    """One Ollama server: does it answer, and does it have the models that are asked for?"""
    from chimera_tui.services.ollama.client import OllamaServer

    async with aclosing(OllamaServer()) as ollama:
        try:
            version = await ollama.version(host)
            names = [model.name for model in await ollama.models(host)]
        except ChimeraError as error:
            text = error.info.what if host in error.info.what else f"{host}: {error.info.what}"
            return [Finding("ollama", "fail", text, f"{error.info.next} A demo needs none: chimera --demo")]
    answered = Finding("ollama", "ok", f"{host}: version {version or 'not reported'}, {len(names)} models")
    return [answered, *(_model(agent, own.model, host, names) for agent, own in agents)]


def _model(agent: AgentId, model: str, host: str, names: Sequence[str]) -> Finding:
    if any(same_model(model, name) for name in names):
        return Finding(f"model {agent.label}", "ok", model)
    there = f"It has {', '.join(names[:6])}{', …' if len(names) > 6 else ''}. " if names else ""
    next_ = f"{there}Choose one with --{agent}-model, or run: ollama pull {model}"
    return Finding(f"model {agent.label}", "fail", f"{model} is not on {host}", next_)


def gpu() -> list[Finding]:
    """NVIDIA's library, where there is one. None is no error: Ollama may run elsewhere, or on the CPU."""
    from chimera_tui.services.surroundings.machine import graphics
    from chimera_tui.services.telemetry.nvml import Nvml

    nvml = Nvml()
    with nvml.session() as problem:
        if problem:
            text = f"none seen from here ({problem}); telemetry of the GPU is left out"
            return [Finding("gpu", "ok", text)]
        seen = graphics(nvml)
    driver = f"driver {seen.driver or 'unknown'}"
    return [
        Finding("gpu", "ok", f"{gpu.name}, {_gibibytes(gpu.memory_total_bytes)}{driver}") for gpu in seen.gpus
    ] or [Finding("gpu", "warn", f"{driver}, but no GPU answers", "Look at nvidia-smi.")]


def _gibibytes(size_bytes: int | None) -> str:
    """Followed by a comma; empty where the driver does not tell, as on machines with unified memory."""
    return "" if size_bytes is None else f"{size_bytes / 2**30:.0f} GiB, "


def inotify(folders: int, limits: Path = INOTIFY) -> Finding:
    """Whether the kernel has watches enough for so many folders."""
    try:
        watches = int((limits / "max_user_watches").read_text())
        instances = int((limits / "max_user_instances").read_text())
    except (OSError, ValueError):
        return Finding("inotify", "warn", "its limits can not be read", "Changes are seen by polling if need be.")
    text = f"{watches:,} watches and {instances:,} instances for each user; {folders:,} folders here"
    if folders * 2 > watches:
        next_ = f"Changes may be seen by polling only. Raise it: sysctl fs.inotify.max_user_watches={folders * 8}"
        return Finding("inotify", "warn", text, next_)
    return Finding("inotify", "ok", text)


def socket_folder(places: Places) -> Finding:
    """Only its owner may reach the daemon's socket. The folder is made when it is not there."""
    try:
        places.prepare_runtime()
    except ChimeraError as error:
        return Finding("socket", "fail", f"{error.info.where}: {error.info.what}", error.info.next)
    return Finding("socket", "ok", str(places.runtime))


def journal_folder(places: Places) -> Finding:
    """Every run is kept there. Nothing is left behind: the folder itself is made by the daemon."""
    nearest = next(folder for folder in (places.state, *places.state.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest) as probe:
            probe.write(b"chimera")
    except OSError as error:
        next_ = "Make it writable, or set CHIMERA_STATE_DIR to a folder that is."
        return Finding("journal", "fail", f"{nearest}: {error.strerror or error}", next_)
    free = shutil.disk_usage(nearest).free
    text = f"{places.state}, {free / 1e9:.1f} GB free"
    if free < LEAST_FREE_BYTES:
        return Finding("journal", "warn", text, "Make room: a full disk ends the recording of runs.")
    return Finding("journal", "ok", text)


def reports(root: Path) -> Finding:
    """Whether the reports can be read, and our own folder of saved reports be written."""
    name = str(root)
    if not os.access(root, os.R_OK | os.X_OK):
        return Finding("reports", "fail", f"{name} can not be read", "Ask its owner for read permission.")
    if not os.access(root, os.W_OK):
        next_ = "Reports of runs are then saved beside the journal."
        return Finding("reports", "warn", f"{name} is read-only", next_)
    return Finding("reports", "ok", name)
