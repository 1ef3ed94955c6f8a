"""The daemon's socket is its user's alone: whoever else comes to it, or sits on it, gets and gives nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from chimera_tui.client.own_socket import OwnSocketTransport
from chimera_tui.client.peer import peer_uid
from chimera_tui.client.places import Places
from chimera_tui.client.start import ask
from chimera_tui.daemon.server import SocketServer
from chimera_tui.domain.errors import DaemonUnreachable
from tests.daemon.daemons import House, house, raw_http, write_reports
from tests.faults.table import cell

SOMEBODY = 65_534
"""A user who owns nothing."""
AS_SOMEBODY = f"""
import os, socket, sys
os.setgroups([])
os.setgid({SOMEBODY})
os.setuid({SOMEBODY})
with socket.socket(socket.AF_UNIX) as connection:
    try:
        connection.connect(sys.argv[1])
        connection.sendall(b"GET /v1/status HTTP/1.0\\r\\n\\r\\n")
        while part := connection.recv(65536):
            sys.stdout.buffer.write(part)
    except PermissionError:
        print("no permission")
    except ConnectionError:
        pass
"""
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can act as another user")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(write_reports(tmp_path_factory.mktemp("access") / "reports")) as made:
        made.start()
        yield made


def heard_by_somebody(path: Path) -> str:
    command = [sys.executable, "-I", "-S", "-c", AS_SOMEBODY, str(path)]
    return subprocess.run(command, cwd="/", capture_output=True, check=True, text=True).stdout


@needs_root
@cell("another user", "connects to the socket", "the kernel refuses; with folder and socket opened wide, we do")
def test_another_user_gets_nothing_not_even_through_an_open_folder(home: House) -> None:
    places = home.places
    assert heard_by_somebody(places.socket) == "no permission\n"
    folder = places.runtime.parent
    try:
        for path, mode in ((folder, 0o755), (places.runtime, 0o755), (places.socket, 0o666)):
            path.chmod(mode)
        heard = heard_by_somebody(places.socket)
    finally:
        for path, mode in ((places.socket, 0o600), (places.runtime, 0o700), (folder, 0o700)):
            path.chmod(mode)
    assert heard.startswith("HTTP/1.1 403 ")
    assert "not_yours" in heard and str(home.root) not in heard
    assert f"refused a connection of user {SOMEBODY}" in home.log()
    assert home.status() is not None


@cell("another user", "connects to the socket", "nothing that was sent is read, no route is asked")
async def test_a_connection_of_another_user_reaches_no_route(tmp_path: Path) -> None:
    asked = []

    async def route(request: Request) -> Response:
        asked.append(await request.body())
        return PlainTextResponse("secret")

    async def served(owner: int, name: str) -> bytes:
        path = tmp_path / name
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen()
            listener.setblocking(False)
            application = Starlette(routes=[Route("/", route, methods=["POST"])])
            server = SocketServer(application, listener, lambda: None, owner)
            running = asyncio.create_task(server.run_until_stopped())
            request = b"POST / HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody"
            try:
                return await asyncio.to_thread(raw_http, path, request)
            finally:
                server.stop()
                await running

    assert (await served(os.getuid() + 1, "theirs")).startswith(b"HTTP/1.1 403 ")
    assert asked == []
    assert (await served(os.getuid(), "ours")).endswith(b"secret")
    assert asked == [b"body"]


@cell("another user", "listens on our socket", "the viewer sends nothing to it and says so")
async def test_a_listener_of_another_user_is_sent_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        assert peer_uid(listener) in (os.getuid(), None)
        async with httpx.AsyncClient(transport=OwnSocketTransport(path, os.getuid() + 1)) as client:
            with pytest.raises(DaemonUnreachable, match="opened by somebody else"):
                await client.post("http://daemon/v1/runs", content=b"secret")
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(100) == b""


@needs_root
@cell("another user", "listens on our socket", "no command asks it anything, no second daemon is started over it")
def test_a_command_does_not_ask_a_listener_of_another_user(tmp_path: Path) -> None:
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        os.seteuid(SOMEBODY)  # `listen` notes who calls it
        try:
            listener.listen()
        finally:
            os.seteuid(0)
        with pytest.raises(DaemonUnreachable, match="opened by somebody else"):
            ask(path, "GET", "/v1/status")
        connection, _ = listener.accept()
        with connection:
            assert connection.recv(100) == b""


@needs_root
@cell("folder of another user", "a daemon is started", "it is refused with what to do; nothing is made in it")
@pytest.mark.parametrize(
    ("variable", "folder"), [("CHIMERA_RUNTIME_DIR", "runtime"), ("CHIMERA_STATE_DIR", "state")]
)
def test_a_folder_of_another_user_is_refused(tmp_path: Path, variable: str, folder: str) -> None:
    chosen = {"CHIMERA_RUNTIME_DIR": str(tmp_path / "r"), "CHIMERA_STATE_DIR": str(tmp_path / "s")}
    places = Places.of([tmp_path], environment=chosen)
    taken: Path = getattr(places, folder)
    taken.mkdir(mode=0o700, parents=True)
    os.chown(taken, SOMEBODY, SOMEBODY)
    with pytest.raises(DaemonUnreachable, match=rf"belongs to somebody else .*{variable}"):
        places.prepare_runtime()
        places.prepare_state()
    assert list(taken.iterdir()) == []


@cell("folder open to others", "a daemon is started", "a journal that others can replace is not used")
def test_a_state_folder_that_others_can_write_is_refused(tmp_path: Path) -> None:
    chosen = {"CHIMERA_RUNTIME_DIR": str(tmp_path / "r"), "CHIMERA_STATE_DIR": str(tmp_path / "s")}
    places = Places.of([tmp_path], environment=chosen)
    places.state.mkdir(parents=True)
    places.state.chmod(0o770)
    with pytest.raises(DaemonUnreachable, match=r"can be written by others \(mode 0770\)"):
        places.prepare_state()
    places.state.chmod(0o755)
    places.prepare_state()


@needs_root
@cell("folder of another user", "XDG_RUNTIME_DIR of another session, as sudo leaves it", "it is left alone")
def test_the_session_folder_of_another_user_is_not_used(tmp_path: Path) -> None:
    session = tmp_path / "u"
    session.mkdir()
    os.chown(session, SOMEBODY, SOMEBODY)
    with_short_name = Path("/tmp") / f"chimera-session-{os.getpid()}"
    with_short_name.symlink_to(session)
    try:
        found = Places.of([tmp_path], environment={"XDG_RUNTIME_DIR": str(with_short_name)})
        assert found.runtime == Path(f"/tmp/chimera-tui-{os.getuid()}")
    finally:
        with_short_name.unlink()


@cell("anybody on the network", "the daemon serves", "neither it nor its children listen on any port")
def test_a_daemon_and_its_children_listen_on_no_port(home: House) -> None:
    import psutil

    daemon = psutil.Process(home.pid())
    family = [daemon, *daemon.children(recursive=True)]
    assert len(family) > 1
    assert [found for each in family for found in each.net_connections("inet") if found.status == "LISTEN"] == []
