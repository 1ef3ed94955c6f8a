from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_tui.domain import errors
from chimera_tui.services.ollama.client import OllamaServer
from tests.services.ollama.replay import Line, ReplayServer, Reply, ndjson, replaying
from tests.services.ollama.streams import collect, request
from tests.support import eventually

LINES = ndjson({"message": {"content": "a\u0085"}}, {"message": {"content": "b"}}, {"done": True, "eval_count": 2})
Wrap = Callable[[socket.socket], socket.socket]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate for 127.0.0.1 in one file."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is needed to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt",
         "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


@pytest.fixture
def wrap(certificate: Path) -> Wrap:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return lambda sock: context.wrap_socket(sock, server_side=True)


@pytest.fixture
def trusted(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))


def secure(server: ReplayServer) -> str:
    return server.url.replace("http:", "https:")


@pytest.mark.usefixtures("trusted")
async def test_a_stream_over_tls_is_the_same_stream(wrap: Wrap) -> None:
    with replaying(Reply(lines=LINES), wrap=wrap) as server:
        collected = await collect(request(secure(server)))
    assert collected.error is None
    assert collected.text == "a\u0085b"
    assert collected.finished is not None
    assert collected.finished.server.eval_tokens == 2
    stamps = [collected.sent_ns, *(chunk.at_ns for chunk in collected.chunks)]
    assert stamps == sorted(stamps)
    assert collected.sent_ns <= server.seen[0].sent_ns[0]


@pytest.mark.usefixtures("trusted")
async def test_questions_over_tls_are_answered(wrap: Wrap) -> None:
    body = b'{"version":"1.2.3-chimera-simulator"}'
    reply = Reply(headers={"content-length": str(len(body))}, lines=[Line(body, newline=False)])
    with replaying(reply, wrap=wrap) as server:
        client = OllamaServer()
        assert await client.version(secure(server)) == "1.2.3-chimera-simulator"
        await client.aclose()


async def test_a_certificate_that_nobody_vouches_for_is_refused(wrap: Wrap) -> None:
    with replaying(Reply(lines=LINES), wrap=wrap) as server:
        collected = await collect(request(secure(server)))
    assert type(collected.error) is errors.ServerUnreachable
    assert "certificate" in collected.error.info.what.lower()
    assert server.seen == []


async def test_a_plain_server_at_a_secure_address_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        asking = asyncio.create_task(collect(request(f"https://127.0.0.1:{listener.getsockname()[1]}")))
        connection, _ = await asyncio.to_thread(listener.accept)
        connection.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        collected = await asking
        connection.close()
    assert type(collected.error) is errors.ServerUnreachable


@pytest.mark.usefixtures("trusted")
async def test_a_cut_over_tls_is_a_cut(wrap: Wrap) -> None:
    with replaying(Reply(lines=LINES[:2], cut=True), wrap=wrap) as server:
        collected = await collect(request(secure(server)))
    assert type(collected.error) is errors.StreamCut
    assert collected.text == "a\u0085b"


@pytest.mark.usefixtures("trusted")
async def test_a_cancel_over_tls_closes_the_connection(wrap: Wrap) -> None:
    with replaying(Reply(lines=LINES[:1], hold=True), wrap=wrap) as server:
        reading = asyncio.create_task(collect(request(secure(server))))
        await eventually(lambda: server.seen and server.seen[0].sent_ns, "the first line")
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await eventually(lambda: server.seen[0].closed_ns, "the server to see the close")
