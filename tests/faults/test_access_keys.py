"""An API key goes to the server and nowhere else: no journal, report, log, screen or command line holds it."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import psutil
import pytest

from chimera_tui.commands import checks
from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.domain.events import Event
from chimera_tui.domain.options import AgentId
from chimera_tui.domain.run_events import RunFinished
from chimera_tui.domain.runs import RunRequest
from chimera_tui.services.ollama.api_key import HIDDEN, hidden, in_the_clear, read_api_key
from chimera_tui.services.ollama.host import parse_host
from tests.daemon.daemons import house, write_reports
from tests.faults.table import LONG, cell

KEY = "sk-4711-never-to-be-seen"
TIMES = 10 if LONG else 1
ECHOES = ("a refusal", "a failure", "a line of the stream", "garbage in the stream")


class Echo(BaseHTTPRequestHandler):
    """A server, or a proxy before it, that quotes what it does not like."""

    keys: list[str]
    echo: Iterator[str]

    def do_GET(self) -> None:
        self.answer(200, {"version": "0.9", "models": [{"name": "m:latest"}]})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        key = self.headers["authorization"]
        if self.path != "/api/chat":
            self.answer(200, {"model_info": {}})
            return
        self.keys.append(key)
        match next(self.echo):
            case "a refusal":
                self.answer(401, {"error": f"invalid token: {key}"})
            case "a failure":
                self.answer(500, {"error": json.dumps({"error": {"message": f"upstream got {key}"}})})
            case "a line of the stream":
                self.answer(200, {"error": f"while running the model: {key}"})
            case _:
                self.send(200, b"Authorization: " + b" " * 150 + key.encode() + b"\n")

    def answer(self, status: int, document: object) -> None:
        self.send(status, json.dumps(document).encode() + b"\n")

    def send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def echoing() -> Iterator[tuple[str, list[str]]]:
    """Its address, and the keys that it was sent."""

    class Handler(Echo):
        keys: list[str] = []  # noqa: RUF012 - of this server
        echo = itertools.cycle(ECHOES)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", Handler.keys
        finally:
            server.shutdown()


def key_file(folder: Path, mode: int = 0o600, text: str = f"{KEY}\n") -> Path:
    path = folder / "key"
    path.write_text(text)
    path.chmod(mode)
    return path


@cell("API key", "the server quotes it in errors, in the stream and in garbage", "no file, event or log holds it")
async def test_a_key_that_a_server_quotes_is_found_nowhere(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    root = write_reports(tmp_path / "reports")
    keys = tmp_path / "secrets"
    keys.mkdir()
    told: list[Event] = []
    with echoing() as (url, sent):
        words = ("--set", f"agents.host={url}", "--set", "agents.model=m")
        with house(root, *words, OLLAMA_API_KEY="", OLLAMA_API_KEY_FILE=str(key_file(keys))) as home:
            home.start()
            async with home.client() as client, aclosing(client.events()) as events:
                for _ in range(TIMES * len(ECHOES)):
                    await client.start_run(RunRequest(agents=(AgentId.A,)))
                    async for event in events:
                        told.append(event)
                        if isinstance(event, RunFinished):
                            break
                summaries = [repr(await client.run(each.run_id)) for each in await client.runs()]
            daemon = psutil.Process(home.pid())
            family = [daemon, *daemon.children(recursive=True)]
            assert KEY not in str([each.cmdline() for each in family])
            kept = {path: path.read_bytes() for path in home.places.state.rglob("*") if path.is_file()}
            kept |= {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert sent == [f"Bearer {KEY}"] * len(ECHOES) * TIMES
    assert len(kept) > 8 and len(summaries) == len(ECHOES) * TIMES
    record_property("tried", len(sent))
    assert HIDDEN in repr(told), "what it quoted is told, without the key"
    assert [path for path, content in kept.items() if KEY.encode() in content] == []
    assert KEY not in repr(told) + "".join(summaries)
    assert KEY[:12] not in repr(told), "nor a part of it"


@pytest.mark.parametrize(
    ("mode", "text", "why"),
    [
        (0o640, KEY, r"is open to others \(mode 0640\)"),
        (0o604, KEY, r"is open to others \(mode 0604\)"),
        (0o600, "", "holds no key"),
        (0o600, f"{KEY}\nsecond line\n", "holds no key"),
        (0o600, f"{KEY}\x1b[2J", "holds no key"),
        (0o600, f"{KEY}ü", "holds no key"),
        (0o600, "k" * 5_000, "holds no key"),
    ],
)
@cell(
    "API key", "its file is open to others, or holds something else", "it is not used; the error never quotes it"
)
def test_a_file_that_is_no_private_key_is_refused(tmp_path: Path, mode: int, text: str, why: str) -> None:
    with pytest.raises(SettingInvalid, match=why) as caught:
        read_api_key({"OLLAMA_API_KEY_FILE": str(key_file(tmp_path, mode, text))})
    assert KEY not in str(caught.value)
    assert "chmod 600" in caught.value.info.next


@cell("API key", "its file is missing, a folder or a pipe", "it is said, and nothing waits for it")
def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("absent", ".", "pipe"):
        with pytest.raises(SettingInvalid, match=r"can not be read|is no file"):
            read_api_key({"OLLAMA_API_KEY_FILE": str(tmp_path / name)})


def test_a_key_of_the_environment_wins_and_is_checked_as_well(tmp_path: Path) -> None:
    both = {"OLLAMA_API_KEY": " k3y ", "OLLAMA_API_KEY_FILE": str(key_file(tmp_path))}
    assert read_api_key(both) == "k3y"
    assert read_api_key({"OLLAMA_API_KEY_FILE": str(key_file(tmp_path))}) == KEY
    assert read_api_key({}) == ""
    with pytest.raises(SettingInvalid) as caught:
        read_api_key({"OLLAMA_API_KEY": f"{KEY}\r\nX-Other: 1"})
    assert KEY not in str(caught.value)


@pytest.mark.skipif(not LONG, reason="in make faults: a daemon of its own")
@cell("API key", "a daemon is started with one that is open to others", "the starter is told; it does not start")
def test_a_daemon_does_not_start_with_a_key_that_others_can_read(tmp_path: Path) -> None:
    path = key_file(tmp_path, 0o644)
    with (
        house(write_reports(tmp_path / "reports"), OLLAMA_API_KEY="", OLLAMA_API_KEY_FILE=str(path)) as home,
        pytest.raises(SettingInvalid, match="open to others"),
    ):
        home.start()


@cell("API key", "the server is another machine without TLS", "the doctor warns of it")
def test_a_key_that_goes_out_in_the_clear_is_warned_of() -> None:
    hosts = ("http://127.0.0.1:11434", "http://[::1]:11434", "http://localhost:1", "https://gpu-box:443")
    assert list(in_the_clear([*hosts, "http://gpu-box:11434", "http://gpu-box:11434"], KEY)) == [
        "The API key goes to http://gpu-box:11434 unencrypted, for everybody in between to read: use https."
    ]
    assert list(in_the_clear(["http://gpu-box:11434"], "")) == []
    found = list(checks.api_key({"OLLAMA_API_KEY": KEY}, ["http://gpu-box:11434"]))
    assert [finding.level for finding in found] == ["ok", "warn"]
    assert KEY not in repr(found)


@pytest.mark.parametrize("text", [f"http://me:{KEY}@box:1", f"me:{KEY}@box", f"https://{KEY}@box/x"])
@cell("password in an address", "it is read", "it is refused, and the error does not quote it")
def test_a_password_in_an_address_is_not_quoted(text: str) -> None:
    with pytest.raises(SettingInvalid, match="names a user") as caught:
        parse_host(text)
    assert KEY not in str(caught.value)


def test_what_is_hidden_is_the_key_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "k3y")
    assert hidden("Bearer k3y, k3") == f"Bearer {HIDDEN}, k3"
    monkeypatch.setenv("OLLAMA_API_KEY", "")
    assert hidden("Bearer k3y") == "Bearer k3y"
