"""What is installed is what was locked, and is asked about; a lock lets nothing in without its hash."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.audit import LOCKS, NoAnswer, Pin, advisories, main, read_lock, strangers
from tests.faults.table import cell

HASH = f"    --hash=sha256:{'0' * 64}"


@contextmanager
def service(known: dict[str, list[str]], answer: bytes | None = None) -> Iterator[tuple[str, list[Any]]]:
    """Its address, and what it was asked; it knows advisories by package."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            queries = json.loads(self.rfile.read(int(self.headers["content-length"])))["queries"]
            asked.extend(queries)
            vulns = [[{"id": each} for each in known.get(query["package"]["name"], ())] for query in queries]
            body = json.dumps({"results": [{"vulns": each} if each else {} for each in vulns]}).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body if answer is None else answer)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    for name in LOCKS:
        (tmp_path / name).write_text(
            f"first==1.0 \\\n{HASH} \\\n{HASH}\nsecond==2.0 ; os_name == 'nt' \\\n{HASH}\n"
        )
    return tmp_path


@cell("a package with a known hole", "make check", "it is named with its advisory, and the check fails")
def test_a_vulnerable_package_fails_the_check(
    locks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with service({"second": ["GHSA-x", "CVE-1"]}) as (url, asked):
        monkeypatch.setenv("CHIMERA_AUDIT_URL", url)
        assert main(locks) == 1
    assert "second 2.0: GHSA-x, CVE-1; run make lock" in capsys.readouterr().err
    assert asked == [
        {"package": {"name": name, "ecosystem": "PyPI"}, "version": version}
        for name, version in (("first", "1.0"), ("second", "2.0"))
    ]
    with service({}) as (url, _):
        monkeypatch.setenv("CHIMERA_AUDIT_URL", url)
        assert main(locks) == 0
    assert capsys.readouterr().out == "audit: 2 locked packages, no problems\n"


@cell(
    "a package with a known hole", "no network", "it is said that nobody was asked; CHIMERA_AUDIT=required fails"
)
def test_without_an_answer_it_is_said_and_may_be_required(
    locks: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for answer in (b"", b"[]", b'{"results": []}', b'{"results": [1, 2]}', b"<html>"):
        with service({}, answer) as (url, _), pytest.raises(NoAnswer):
            advisories({Pin("a", "1")}, url)
    monkeypatch.setenv("CHIMERA_AUDIT_URL", "http://127.0.0.1:1")
    assert main(locks) == 0
    assert "not audited against advisories" in capsys.readouterr().err
    monkeypatch.setenv("CHIMERA_AUDIT", "required")
    assert main(locks) == 1


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("third==3.0", "no sha256"),
        ("third>=3.0 \\", "neither a pinned version"),
        ("third @ https://somebody.example/third.whl", "neither a pinned version"),
        ("-e ./third", "neither a pinned version"),
        ("--extra-index https://somebody.example", "neither a pinned version"),
        (HASH.replace("sha256", "md5"), "neither a pinned version"),
    ],
)
@cell("a lock that was tampered with", "make check", "every line but a version with its sha256 is told")
def test_a_line_that_lets_something_else_in_is_told(locks: Path, line: str, told: str) -> None:
    for text in (f"{line}\n{(locks / LOCKS[0]).read_text()}", f"{(locks / LOCKS[0]).read_text()}{line}\n"):
        (locks / "other.lock").write_text(text)
        pins, problems = read_lock(locks / "other.lock")
        assert {Pin("first", "1.0"), Pin("second", "2.0")} <= pins
        assert [problem for problem in problems if told in problem] != []


def test_what_is_locked_is_what_is_installed(repository: Path) -> None:
    pins: set[Pin] = set()
    for name in LOCKS:
        own, problems = read_lock(repository / name)
        assert problems == []
        pins |= own
    assert len(pins) > 40
    assert list(strangers(pins)) == []
    installed = importlib.metadata.version("httpx")
    assert list(strangers({Pin("HTTPX", "0.0.1"), Pin("HTTPX", "0.0.2")})) == [
        f"httpx {installed} is installed, 0.0.1 or 0.0.2 is locked: run make clean"
    ]
    assert list(strangers({Pin("httpx", installed), Pin("httpx", "0.0.1")})) == []
