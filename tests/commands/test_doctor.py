"""`chimera doctor`: what it finds, and that it always says what to do."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from chimera_tui.client.places import Places
from chimera_tui.commands import checks
from tests.commands.conftest import Shell


class _Ollama(BaseHTTPRequestHandler):
    """A server that knows its version and one model."""

    version: ClassVar[dict[str, str]] = {"version": "0.33.3"}

    def do_GET(self) -> None:
        answers = {
            "/api/version": self.version,
            "/api/tags": {
                "models": [{"name": "gemma3:latest", "model": "gemma3:latest", "size": 1, "digest": "d"}]
            },
        }
        body = json.dumps(answers[self.path]).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def ollama() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Ollama) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def findings_of(shell: Shell, *words: str, **environment: str) -> tuple[int, dict[str, dict[str, str]]]:
    return told_by(shell.call("doctor", "--json", *words, environment=environment))


def told_by(done: subprocess.CompletedProcess[str]) -> tuple[int, dict[str, dict[str, str]]]:
    findings = json.loads(done.stdout)["findings"]
    return done.returncode, {finding["name"]: finding for finding in findings}


def test_all_is_well_where_a_server_answers_and_has_the_model(shell: Shell, ollama: str) -> None:
    code, findings = told_by(shell.run("doctor", "--json", environment={"OLLAMA_HOST": ollama}))
    assert code == 0
    assert "0.33.3, 1 models" in findings["ollama"]["text"]
    levels = {name: finding["level"] for name, finding in findings.items() if name != "terminal"}
    assert levels == dict.fromkeys(levels, "ok")


def test_a_server_that_is_down_fails_with_what_to_do(shell: Shell) -> None:
    code, findings = findings_of(shell)
    assert code == 1
    assert findings["ollama"]["level"] == "fail"
    assert "127.0.0.1:9" in findings["ollama"]["text"]
    assert "--demo" in findings["ollama"]["next"]


def test_a_model_that_is_missing_names_those_that_exist(shell: Shell, ollama: str) -> None:
    code, findings = findings_of(shell, "--b-model", "qwen3", OLLAMA_HOST=ollama)
    assert code == 1
    assert findings["model A"]["level"] == "ok"
    assert findings["model B"]["level"] == "fail"
    assert "gemma3:latest" in findings["model B"]["next"]
    assert "ollama pull qwen3" in findings["model B"]["next"]


def test_a_server_that_does_not_know_its_version_is_well(
    shell: Shell, ollama: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Ollama, "version", {})
    code, findings = findings_of(shell, OLLAMA_HOST=ollama)
    assert code == 0
    assert "version not reported, 1 models" in findings["ollama"]["text"]


def test_without_a_terminal_it_points_to_chimera_run(shell: Shell) -> None:
    _, findings = findings_of(shell)
    assert findings["terminal"]["level"] == "warn"
    assert "chimera run" in findings["terminal"]["next"]


def test_a_socket_folder_that_others_can_enter_fails(shell: Shell) -> None:
    runtime = Path(shell.environment["CHIMERA_RUNTIME_DIR"])
    runtime.mkdir()
    runtime.chmod(0o777)
    code, findings = findings_of(shell)
    assert code == 1
    assert "open to others" in findings["socket"]["text"]


def test_a_state_folder_that_is_a_file_fails_and_nothing_is_left_behind(shell: Shell) -> None:
    blocked = shell.folder / "blocked"
    blocked.write_text("")
    _, findings = findings_of(shell, CHIMERA_STATE_DIR=str(blocked))
    assert findings["journal"]["level"] == "fail"
    assert "CHIMERA_STATE_DIR" in findings["journal"]["next"]
    _, findings = findings_of(shell)
    assert findings["journal"]["level"] == "ok"
    assert not Path(shell.environment["CHIMERA_STATE_DIR"]).exists()


def test_too_few_watches_are_told_with_the_number_to_set(tmp_path: Path) -> None:
    (tmp_path / "max_user_watches").write_text("8192\n")
    (tmp_path / "max_user_instances").write_text("128\n")
    assert checks.inotify(100, tmp_path).level == "ok"
    few = checks.inotify(10_000, tmp_path)
    assert few.level == "warn"
    assert "fs.inotify.max_user_watches=80000" in few.next


def test_limits_that_can_not_be_read_are_no_failure(tmp_path: Path) -> None:
    assert checks.inotify(1, tmp_path / "missing").level == "warn"


def test_a_folder_that_is_there_is_written_to_in_earnest(tmp_path: Path) -> None:
    places = Places("key", tmp_path / "run", tmp_path / "state" / "key")
    assert checks.journal_folder(places).level == "ok"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("environ", "level"),
    [
        ({"TERM": "xterm-256color"}, "ok"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "ok"),
        ({"TERM": "vt100", "NO_COLOR": "1"}, "ok"),
        ({"TERM": "vt100"}, "warn"),
    ],
)
def test_colour_is_told_from_the_environment(environ: dict[str, str], level: str) -> None:
    assert checks.colour(environ["TERM"], environ).level == level


def test_people_get_a_line_for_each_finding(shell: Shell) -> None:
    done = shell.run("doctor")
    assert done.returncode == 1
    assert all(line.split()[0] in ("ok", "warn", "fail") for line in done.stdout.splitlines())
