"""Starts the daemon, or finds the one that runs; standard library only, so it can come before any heavy import."""

from __future__ import annotations

import contextlib
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from chimera_tui import __version__, resources
from chimera_tui.client.failures import failure_of
from chimera_tui.client.peer import is_of, stranger
from chimera_tui.client.places import Places
from chimera_tui.domain.errors import DaemonUnreachable

_ANSWER_S = 5.0
"""A daemon answers its status in milliseconds; a machine that swaps needs longer."""


def begin(
    roots: Sequence[str | os.PathLike[str]], *, demo: bool = False, extra: Sequence[str] = ()
) -> PendingDaemon:
    """Ask the daemon of these roots for its status, or start one; returns at once, `wait()` tells the outcome.

    `extra` is passed on to `python -m chimera_tui.daemon`. Raises DaemonUnreachable when the runtime folder
    can not be used.
    """
    places = Places.of(roots, demo=demo)
    places.prepare_runtime()
    absolute = [os.path.abspath(os.path.expanduser(root)) for root in roots]  # noqa: PTH100, PTH111 - not resolved
    arguments = ["--detach", *(["--demo"] if demo else []), *extra, "--roots", *absolute]
    pending = PendingDaemon(places, resources.child_command("chimera_tui.daemon", *arguments))
    pending.begin()
    return pending


@dataclass(slots=True)
class PendingDaemon:
    """A daemon that was asked for and has not answered yet."""

    places: Places
    command: list[str]
    environment: dict[str, str] = field(default_factory=resources.child_environment)
    _question: socket.socket | None = field(default=None, init=False)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _status: object = field(default=None, init=False)

    def begin(self) -> None:
        self._question = ask(self.places.socket, "GET", "/v1/status")
        if self._question is None:
            self._start()

    def known(self) -> Mapping[str, object] | None:
        """What a daemon of this version that runs has said of itself until now: `domain.status` as JSON."""
        question = self._question
        if question is not None and question.fileno() >= 0 and select.select([question], [], [], 0)[0]:
            self._status = answer(question)
        status = self._status
        return status if isinstance(status, dict) and status.get("version") == __version__ else None

    def wait(self, timeout_s: float = 20.0) -> Path:
        """The socket of a daemon that answers.

        A daemon of another version is replaced when nothing runs and nobody looks; else it is left alone, and
        its `Attached` tells its version. Raises what kept the daemon from starting, or DaemonUnreachable.
        """
        deadline = time.monotonic() + timeout_s
        if self._question is not None and not self._living(self._question):
            self._start()
        if self._process is not None:
            _await_ready(self._process, self.places, deadline)
            self._process.wait()
        return self.places.socket

    def _living(self, question: socket.socket) -> bool:
        status = self._status if self._status is not None else answer(question)
        if not isinstance(status, dict):
            return False
        if status.get("version") == __version__ or status.get("active_run") or status.get("viewers"):
            return True
        request_shutdown(self.places.socket, "idle")
        return False

    def _start(self) -> None:
        # Without this a `json.py` in the folder that the person stands in would be imported by the daemon.
        environment = self.environment | {"PYTHONSAFEPATH": "1"}
        self._process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )


def ask(path: Path, method: Literal["GET", "POST"], target: str, body: bytes = b"") -> socket.socket | None:
    """Send one request to a daemon; None when nobody listens there.

    Raises DaemonUnreachable when somebody else does: nothing is sent.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_ANSWER_S)
    head = f"{method} {target} HTTP/1.0\r\nHost: daemon\r\nContent-Length: {len(body)}\r\n\r\n"
    try:
        connection.connect(str(path))
        if not is_of(connection, os.getuid()):
            connection.close()
            raise stranger(str(path))
        connection.sendall(head.encode() + body)
    except OSError:
        connection.close()
        return None
    return connection


def answer(connection: socket.socket) -> object:
    """The decoded JSON body of the answer to `ask`; None when it is none, or did not come in time."""
    parts: list[bytes] = []
    with connection:
        try:
            while part := connection.recv(65536):
                parts.append(part)
        except OSError:
            return None
    try:
        return json.loads(b"".join(parts).partition(b"\r\n\r\n")[2])
    except ValueError:
        return None


def request_shutdown(path: Path, when: Literal["now", "idle"]) -> bool:
    """Ask a daemon to end; False when nobody listens. Returns before it has ended."""
    question = ask(path, "POST", "/v1/shutdown", json.dumps({"when": when}).encode())
    if question is None:
        return False
    answer(question)  # it has no body; waited for, so that the daemon has heard
    return True


def _await_ready(process: subprocess.Popen[bytes], places: Places, deadline: float) -> None:
    """Read the child's one line; it closes the pipe afterwards. Anything else it printed tells why it failed."""
    assert process.stdout is not None
    printed = b""
    with process.stdout as pipe, selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while selector.select(max(0.0, deadline - time.monotonic())):
            part = os.read(pipe.fileno(), 65536)
            printed += part
            outcome = _outcome(printed)
            if outcome is not None and "ready" in outcome:
                return
            if outcome is not None:
                raise failure_of(outcome["error"], where=str(places.socket))
            if not part:
                raise _did_not_start(process, printed, places)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    raise DaemonUnreachable(
        "the daemon did not start in time", where=str(places.socket), next_=f"Its log is {places.log}."
    )


def _outcome(printed: bytes) -> dict[str, object] | None:
    for line in printed.split(b"\n")[:-1]:
        with contextlib.suppress(ValueError):
            document = json.loads(line)
            if isinstance(document, dict) and ("ready" in document or "error" in document):
                return document
    return None


def _did_not_start(process: subprocess.Popen[bytes], printed: bytes, places: Places) -> DaemonUnreachable:
    process.wait(timeout=_ANSWER_S)
    lines = printed.decode(errors="replace").strip().splitlines()
    reason = f": {lines[-1]}" if lines else ""
    return DaemonUnreachable(
        f"the daemon ended while it started{reason}",
        next_=f"Run `chimera doctor`; it checks what the daemon needs. Its log is {places.log}.",
    )
