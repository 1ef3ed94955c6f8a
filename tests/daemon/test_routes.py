"""The routes as curl sees them: plain HTTP over the socket, errors as JSON, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from chimera_tui import __version__
from chimera_tui.domain.errors import BadUse, FileNotReadable, RunNotFound, SettingInvalid
from chimera_tui.domain.options import AgentId
from chimera_tui.tui.first_look import first_look
from chimera_tui.tui.projection import Projection
from tests.daemon.daemons import House, house, raw_http, write_reports


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = write_reports(tmp_path_factory.mktemp("routes") / "reports")
    # A port that nothing listens on: these tests need no model server.
    with house(root, OLLAMA_HOST="http://127.0.0.1:9") as made:
        made.start()
        yield made


def ask(home: House, method: str, target: str, body: object = None) -> tuple[int, Any]:
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    head = f"{method} {target} HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Length: {len(content)}\r\n\r\n"
    answer = raw_http(home.places.socket, head.encode() + content)
    top, _, rest = answer.partition(b"\r\n\r\n")
    return int(top.split(b" ")[1]), json.loads(rest) if rest else None


def test_status_tells_who_serves_what(home: House) -> None:
    status, document = ask(home, "GET", "/v1/status")
    assert status == 200
    assert document["version"] == __version__
    assert document["roots"] == [str(home.root)]
    assert document["active_run"] is None
    assert document["journal"] == str(home.places.journal)
    assert document["demo"] is False


def test_status_outlines_what_a_first_screen_shows(home: House) -> None:
    outline = ask(home, "GET", "/v1/status")[1]["outline"]
    look = first_look({"pid": 1, "outline": outline})
    assert look is not None
    view = Projection()
    look.show(view)
    assert view.labels == (home.root.name,)
    assert view.run_state is None
    assert view.agents[AgentId.A].settings is not None
    assert view.agents[AgentId.A].settings.host == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    ("method", "target", "body", "status", "code"),
    [
        ("GET", "/v1/nothing", None, 404, "no_such_route"),
        ("DELETE", "/v1/runs", None, 405, "no_such_route"),
        ("GET", "/v1/runs/zzz", None, 404, "run_not_found"),
        ("GET", "/v1/runs/zzz/events", None, 404, "run_not_found"),
        ("GET", "/v1/runs?limit=0", None, 422, "bad_use"),
        ("GET", "/v1/events?per_second=0", None, 422, "bad_use"),
        ("GET", "/v1/events?per_second=31", None, 422, "bad_use"),
        ("GET", "/v1/runs?limit=many", None, 422, "bad_use"),
        ("GET", "/v1/history?limit=1001", None, 422, "bad_use"),
        ("GET", "/v1/history?skip=-1", None, 422, "bad_use"),
        ("POST", "/v1/runs", b"{", 422, "bad_use"),
        ("POST", "/v1/runs", {"agents": ["c"]}, 422, "bad_use"),
        ("POST", "/v1/runs", {"agents": []}, 422, "bad_use"),
        ("POST", "/v1/runs", {"agents": ["a", "a"]}, 422, "bad_use"),
        ("POST", "/v1/runs", {"mode": "sideways"}, 422, "bad_use"),
        ("POST", "/v1/shutdown", {"when": "someday"}, 422, "bad_use"),
        ("PATCH", "/v1/settings", {"agent": "a", "name": "num_gpuu", "value": "1"}, 422, "setting_invalid"),
        ("PATCH", "/v1/settings", {"agent": "a", "name": "num_ctx", "value": "-7"}, 422, "setting_invalid"),
        ("PATCH", "/v1/settings", {"name": "num_ctx"}, 422, "bad_use"),
        ("GET", "/v1/files", None, 422, "bad_use"),
        ("GET", "/v1/files?path=reports/absent.csv", None, 404, "file_not_readable"),
        ("GET", "/v1/files?path=reports/../../../etc/passwd", None, 404, "file_not_readable"),
    ],
)
def test_what_can_not_be_done_is_answered_with_a_sentence(
    home: House, method: str, target: str, body: object, status: int, code: str
) -> None:
    answered, document = ask(home, method, target, body)
    assert (answered, document["code"]) == (status, code)
    assert document["what"]
    assert "Traceback" not in json.dumps(document)


def test_settings_change_by_number_or_text_and_reset_by_null(home: House) -> None:
    assert ask(home, "PATCH", "/v1/settings", {"agent": "a", "name": "num_gpu", "value": 20})[0] == 200
    assert ask(home, "GET", "/v1/settings")[1]["a"]["options"]["num_gpu"] == 20
    ask(home, "PATCH", "/v1/settings", {"agent": "a", "name": "num_gpu", "value": None})
    assert ask(home, "GET", "/v1/settings")[1]["a"]["options"]["num_gpu"] is None


def test_cancelling_nothing_is_no_error(home: House) -> None:
    assert ask(home, "POST", "/v1/cancel")[0] == 204


def test_the_stream_is_one_json_document_per_line(home: House) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(home.places.socket))
        connection.sendall(b"GET /v1/events HTTP/1.0\r\nHost: d\r\n\r\n")
        received = connection.makefile("rb")
        head = b"".join(iter(received.readline, b"\r\n"))
        assert b"application/x-ndjson" in head
        kinds: list[str] = []
        # What follows `caught_up` is live (the facts may be read at this very moment), so the reading ends there.
        while not kinds or kinds[-1] != "caught_up":
            kinds.append(json.loads(received.readline())["event"]["kind"])
    assert kinds[0] == "attached"
    assert kinds.count("settings_changed") == 2


async def test_the_client_raises_what_the_daemon_raised(home: House) -> None:
    async with home.client() as client:
        with pytest.raises(SettingInvalid, match=r"Did you mean num_ctx\?"):
            await client.change(AgentId.A, "num_ctxx", "1")
        client.batches_per_s = 31
        with pytest.raises(BadUse, match="per_second must be a whole number from 1 to 30"):
            await anext(client.event_batches())
        with pytest.raises(RunNotFound):
            await client.run("zzz")
        with pytest.raises(RunNotFound):
            async for _ in client.replay("zzz"):
                pass
        with pytest.raises(FileNotReadable):
            await client.preview("reports/absent.csv")
        with pytest.raises(BadUse):
            await client.runs(limit=-1)
        assert await client.runs() == []


async def test_the_client_changes_settings_and_reads_files(home: House) -> None:
    async with home.client() as client:
        changed = await client.change(AgentId.B, "temperature", "0.3")
        assert changed.options.temperature == 0.3
        assert (await client.settings())[AgentId.B] == changed
        assert (await client.change(AgentId.B, "temperature", None)).options.temperature is None
        content = await client.preview("reports/speed.csv")
        assert content.text == (home.root / "speed.csv").read_text()
        assert (await client.status()).pid == home.pid()
