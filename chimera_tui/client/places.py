"""Where the daemon of a reports directory listens and keeps its files."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from chimera_tui.domain.errors import DaemonUnreachable

APPLICATION = "chimera-tui"
MAX_SOCKET_BYTES = 99
"""`sun_path` holds 108 bytes on Linux; some leave room for `ssh -L` and for longer keys."""


def daemon_key(roots: Sequence[str | os.PathLike[str]], *, demo: bool = False) -> str:
    """12 hex digits that name one daemon: its first root, symlinks resolved, and whether it simulates.

    A demo has a daemon of its own, so that nobody attaches to simulated agents by accident.
    """
    first = os.fsencode(Path(roots[0]).expanduser().resolve())
    return _sha256_hex(first + (b"\0demo" if demo else b""))[:12]


class Places(NamedTuple):
    """The files of one daemon; nothing is created until `prepare_runtime` or `prepare_state`."""

    key: str
    runtime: Path
    chosen_state: Path | None = None
    """What CHIMERA_STATE_DIR says; None means the platform's folder, which is looked up only when needed."""

    @classmethod
    def of(
        cls,
        roots: Sequence[str | os.PathLike[str]],
        *,
        demo: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> Places:
        """The places for these roots under `environment` (default: this process's)."""
        known = os.environ if environment is None else environment
        key = daemon_key(roots, demo=demo)
        chosen = known.get("CHIMERA_STATE_DIR")
        return cls(key, _runtime_folder(known), Path(chosen).absolute() if chosen else None)

    @property
    def state(self) -> Path:
        if self.chosen_state is not None:
            return self.chosen_state / self.key
        import platformdirs

        return platformdirs.user_state_path(APPLICATION) / self.key

    @property
    def socket(self) -> Path:
        return self.runtime / f"{self.key}.sock"

    @property
    def lock(self) -> Path:
        return self.runtime / f"{self.key}.lock"

    @property
    def journal(self) -> Path:
        return self.state / "journal.sqlite"

    def rescue(self, what: str) -> Path:
        """What a daemon that had to end could not write to the disk of its state: on another one, as a rule."""
        return self.runtime / f"{self.key}.{what}"

    @property
    def log(self) -> Path:
        return self.state / "daemon.log"

    def prepare_runtime(self) -> None:
        """Make the runtime folder, or see that nobody else can reach into the one that is there.

        Raises DaemonUnreachable when it is a symlink, somebody else's, open to others, or its path too long.
        """
        if len(os.fsencode(self.socket)) > MAX_SOCKET_BYTES:
            raise DaemonUnreachable(
                f"the path of the daemon's socket is longer than {MAX_SOCKET_BYTES} bytes",
                where=str(self.socket),
                next_="Set CHIMERA_RUNTIME_DIR to a shorter folder.",
            )
        _make_private(self.runtime, "CHIMERA_RUNTIME_DIR")
        _refuse_shared(self.runtime)

    def prepare_state(self) -> None:
        """Make the state folder. Raises DaemonUnreachable when it can not be made, or others may write it."""
        _make_private(self.state, "CHIMERA_STATE_DIR")
        _refuse_written_by_others(self.state)


def _runtime_folder(environment: Mapping[str, str]) -> Path:
    if chosen := environment.get("CHIMERA_RUNTIME_DIR"):
        return Path(chosen).absolute()
    session = environment.get("XDG_RUNTIME_DIR", "")
    if session.startswith("/") and len(os.fsencode(session)) < 60 and _is_ours_to_write(session):
        return Path(session) / APPLICATION
    return Path("/tmp") / f"{APPLICATION}-{os.getuid()}"


def _is_ours_to_write(folder: str) -> bool:
    """Not so behind `su` and `sudo -E`: a folder of root's in somebody's session would lock its owner out."""
    try:
        return Path(folder).stat().st_uid == os.getuid() and os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False


def _make_private(folder: Path, variable: str) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DaemonUnreachable(
            f"the daemon's folder can not be made: {error.strerror or error}",
            where=str(folder),
            next_=f"Set {variable} to a folder that you may write.",
        ) from error


def _refuse_written_by_others(folder: Path) -> None:
    """A journal that others can replace tells what they want."""
    found = folder.stat()
    if found.st_uid != os.getuid():
        problem = "belongs to somebody else"
    elif stat.S_IMODE(found.st_mode) & 0o022:
        problem = f"can be written by others (mode {stat.S_IMODE(found.st_mode):04o})"
    else:
        return
    raise DaemonUnreachable(
        f"the folder of the journal {problem}",
        where=str(folder),
        next_="Give it to yourself alone (chmod 700), or set CHIMERA_STATE_DIR to another.",
    )


def _sha256_hex(data: bytes) -> str:
    """Without `hashlib` where that can be: it loads OpenSSL, 2 of the 200 ms that a first frame may take.

    httpx loads it all the same, when that frame is there.
    """
    for builtin in ("_sha2", "_sha256"):  # Python 3.12 and later; 3.11. `random` does the same
        with suppress(ImportError):
            return str(import_module(builtin).sha256(data).hexdigest())
    return str(import_module("hashlib").sha256(data).hexdigest())


def _refuse_shared(folder: Path) -> None:
    """A socket in a folder that others can write could be swapped for theirs."""
    found = os.lstat(folder)
    if stat.S_ISLNK(found.st_mode):
        problem = "is a symlink"
    elif found.st_uid != os.getuid():
        problem = "belongs to somebody else"
    elif stat.S_IMODE(found.st_mode) & 0o077:
        problem = f"is open to others (mode {stat.S_IMODE(found.st_mode):04o})"
    else:
        return
    raise DaemonUnreachable(
        f"the folder of the daemon's socket {problem}",
        where=str(folder),
        next_="Give it to yourself alone (chmod 700), remove it, or set CHIMERA_RUNTIME_DIR to another.",
    )
