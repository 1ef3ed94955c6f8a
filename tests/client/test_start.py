"""Finding or starting a daemon: an older idle one is replaced, a busy one is left alone."""

from __future__ import annotations

import json
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chimera_tui import __version__
from chimera_tui.client.failures import failure_of
from chimera_tui.client.start import begin
from chimera_tui.domain.errors import ChimeraError, DaemonUnreachable, SettingInvalid
from tests.daemon.daemons import House, house, write_reports
from tests.support import wait_until


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    with house(write_reports(tmp_path / "reports")) as made:
        made.places.prepare_runtime()
        yield made


class Elder:
    """Answers on the socket as a daemon of another version would; leaves when it is asked to."""

    def __init__(self, path: Path, status: dict[str, object]) -> None:
        self.requests: list[str] = []
        self._status = json.dumps(status).encode()
        self._path = path
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._inode = path.stat().st_ino
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                request = connection.recv(65536).decode().split("\r\n")[0]
                self.requests.append(request)
                leaving = "shutdown" in request
                if leaving:
                    self._path.unlink()
                    self._listener.close()
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + (b"{}" if leaving else self._status))

    def close(self) -> None:
        if self._listener.fileno() >= 0:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            if self._path.stat().st_ino == self._inode:  # else a daemon has taken its place
                self._path.unlink()
        self._thread.join()


@contextmanager
def elder(home: House, **status: object) -> Iterator[Elder]:
    serving = Elder(home.places.socket, {"version": "0.0.1", "active_run": None, "viewers": 0, **status})
    try:
        yield serving
    finally:
        serving.close()


def test_an_idle_daemon_of_another_version_is_replaced(home: House) -> None:
    with elder(home) as old:
        home.start()
        status = home.status()
    assert status is not None
    assert status["version"] == __version__
    assert any("/v1/shutdown" in request for request in old.requests)


@pytest.mark.parametrize("busy", [{"active_run": "abc234"}, {"viewers": 1}])
def test_a_busy_daemon_of_another_version_is_left_alone(home: House, busy: dict[str, object]) -> None:
    with elder(home, **busy) as old:
        assert home.start() == home.places.socket
        assert not any("/v1/shutdown" in request for request in old.requests)


def test_a_listener_that_says_nothing_sensible_is_no_daemon(home: House) -> None:
    with elder(home) as stranger:
        stranger._status = b"220 mail.example ESMTP"
        assert home.start() == home.places.socket
        status = home.status()
    assert status is not None
    assert status["version"] == __version__


def test_what_a_running_daemon_says_is_known_without_waiting_for_it(home: House) -> None:
    cold = home.pending()
    assert cold.known() is None
    cold.wait(60)
    warm = home.pending()
    wait_until(lambda: warm.known() is not None, "the daemon's answer")
    assert warm.known()["outline"]["labels"] == [home.root.name]  # type: ignore[index]
    assert warm.wait() == home.places.socket


def test_what_a_daemon_of_another_version_says_is_not_taken(home: House) -> None:
    with elder(home, active_run="abc234"):
        pending = home.pending()
        assert pending._question is not None
        select.select([pending._question], [], [], 30)
        assert pending.known() is None
        assert pending.wait() == home.places.socket


def test_begin_resolves_nothing_it_need_not_and_returns_before_the_daemon_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house(write_reports(tmp_path / "reports")) as home:
        for name, value in home.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        pending = begin(["reports"], extra=["--grace", "20"])
        assert pending.places == home.places
        assert pending.wait(60) == home.places.socket
        assert home.status() is not None


def test_starting_a_daemon_imports_nothing_heavy() -> None:
    script = "import sys; import chimera_tui.client.start; print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    loaded = set(printed.split())
    assert not loaded & {"asyncio", "httpx", "pydantic", "textual", "platformdirs", "sqlite3", "starlette"}


def test_an_error_crosses_the_socket_as_what_it_was() -> None:
    document = {"code": "setting_invalid", "what": "no", "where": "num_ctx", "next": "Try 1."}
    error = failure_of(document, where="/s")
    assert isinstance(error, SettingInvalid)
    assert str(error) == "no (num_ctx). Try 1."


def test_an_error_of_a_newer_daemon_keeps_its_code_and_sentence() -> None:
    error = failure_of({"code": "novelty", "what": "new trouble", "where": "", "next": ""}, where="/s")
    assert type(error) is ChimeraError
    assert (error.info.code, str(error)) == ("novelty", "new trouble.")


@pytest.mark.parametrize("document", [None, [], {"code": 1}, {"code": "x"}, "text"])
def test_what_is_no_error_document_is_told_as_a_stranger(document: object) -> None:
    assert isinstance(failure_of(document, where="/s"), DaemonUnreachable)
