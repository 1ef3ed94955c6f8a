"""Which of several daemons serves a reports directory: the one that holds the lock has the socket."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import time
from dataclasses import dataclass

from chimera_tui.client.places import Places
from chimera_tui.client.start import answer, ask
from chimera_tui.domain.errors import DaemonUnreachable

_PATIENCE_S = 10.0
"""For a daemon that holds the lock and does not answer: it starts or ends, both within seconds."""


@dataclass(slots=True)
class Claim:
    """The lock, held until `release`, and the listening socket."""

    places: Places
    listener: socket.socket
    _lock: int

    def withdraw(self) -> None:
        """Nobody finds this daemon any more; who is connected stays so."""
        with contextlib.suppress(FileNotFoundError):
            self.places.socket.unlink()

    def release(self) -> None:
        """Let the next daemon begin. The lock's file stays: removing it would let two hold "the" lock."""
        self.withdraw()
        self.listener.close()
        os.close(self._lock)


def claim(places: Places, patience_s: float = _PATIENCE_S) -> Claim | None:
    """The claim on these places, or None when another daemon answers there.

    Raises DaemonUnreachable when the lock is held by one that does not answer.
    """
    lock = _open_lock(places)
    deadline = time.monotonic() + patience_s
    try:
        while not _taken(lock):
            if answers(places):
                os.close(lock)
                return None
            if time.monotonic() > deadline:
                raise _stands_still(places)
            time.sleep(0.02)
        os.ftruncate(lock, 0)
        with contextlib.suppress(OSError):  # a full disk: who holds the lock is told as unknown
            os.write(lock, f"{os.getpid()}\n".encode())
        return Claim(places, _listen(places), lock)
    except BaseException:
        with contextlib.suppress(OSError):
            os.close(lock)
        raise


def _open_lock(places: Places) -> int:
    try:
        return os.open(places.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise DaemonUnreachable(
            f"the daemon's lock can not be opened: {error.strerror or error}",
            where=str(places.lock),
            next_="Remove that file, or set CHIMERA_RUNTIME_DIR to a folder of your own.",
        ) from error


def silent_holder(places: Places) -> DaemonUnreachable | None:
    """For who got no answer: what to say if a daemon is there all the same; None if there is none, or it ends."""
    if not places.socket.exists():
        return None
    try:
        with places.lock.open("rb") as lock:
            return None if _taken(lock.fileno()) else _stands_still(places)
    except OSError:
        return None


def _stands_still(places: Places) -> DaemonUnreachable:
    """It was stopped or hangs, or somebody removed its socket: only a person can tell what to do about it."""
    holder = places.lock.read_text().strip()
    return DaemonUnreachable(
        f"a daemon that does not answer serves this directory (process {holder or 'unknown'})",
        where=str(places.lock),
        next_=f"Wait, or end it (kill -9 {holder}) and try again." if holder else "End it and try again.",
    )


def answers(places: Places) -> bool:
    """Whether a daemon serves there: one that only listens may still find that it can not start."""
    question = ask(places.socket, "GET", "/v1/status")
    return question is not None and isinstance(answer(question), dict)


def _taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _listen(places: Places) -> socket.socket:
    """Only the holder of the lock comes here, so a socket that is there is stale."""
    with contextlib.suppress(FileNotFoundError):
        places.socket.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(places.socket))
    # Before `listen` nobody can connect, so the mode is right from the first connection on.
    places.socket.chmod(0o600)
    listener.listen(128)
    listener.setblocking(False)
    return listener
