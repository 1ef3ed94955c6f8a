"""Over a network: certificates are checked for questions as well, keys follow no redirect, ports are local."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from chimera_tui.domain import errors
from chimera_tui.services.ollama.client import OllamaServer
from tests.daemon.daemons import house, write_reports
from tests.faults.table import LONG, cell
from tests.services.ollama.replay import Line, Reply, ndjson, replaying
from tests.services.ollama.streams import collect, request
from tests.services.ollama.test_secure import Wrap, certificate, secure, trusted, wrap
from tests.simulators import running_simulator

__all__ = ["certificate", "trusted", "wrap"]
BODY = b'{"version":"1"}'
VERSION = Reply(headers={"content-length": str(len(BODY))}, lines=[Line(BODY, newline=False)])
DONE = Reply(lines=ndjson({"done": True}))


@cell(
    "a false server over https", "a question", "its certificate is refused before anything is sent, the key least"
)
async def test_a_question_is_not_sent_to_whom_nobody_vouches_for(
    wrap: Wrap,
) -> None:
    with replaying(VERSION, wrap=wrap) as server:
        client = OllamaServer("k3y")
        with pytest.raises(errors.ServerUnreachable, match=r"(?i)certificate"):
            await client.version(secure(server))
        await client.aclose()
    assert server.seen == []


@pytest.mark.usefixtures("trusted")
@cell("a false server over https", "its certificate is for another name", "refused for questions and streams")
async def test_a_certificate_for_another_name_is_refused(
    wrap: Wrap,
) -> None:
    with replaying(VERSION, DONE, wrap=wrap) as server:
        other = secure(server).replace("127.0.0.1", "localhost")
        client = OllamaServer("k3y")
        with pytest.raises(errors.ServerUnreachable, match=r"(?i)certificate|hostname"):
            await client.version(other)
        await client.aclose()
        assert type((await collect(request(other))).error) is errors.ServerUnreachable
    assert server.seen == []


@cell("a server that redirects", "a question, a load, a stream", "nobody is asked elsewhere, the key stays")
async def test_a_redirect_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_API_KEY", "k3y")
    with replaying(VERSION, VERSION, DONE) as elsewhere:
        away = Reply(302, headers={"location": f"{elsewhere.url}/api/version", "content-length": "0"})
        with replaying(away, away, away) as server:
            client = OllamaServer()
            with pytest.raises(errors.ChimeraError):
                await client.version(server.url)
            with pytest.raises(errors.ChimeraError):
                await client.unload(server.url, "m")
            assert (await collect(request(server.url))).error is not None
            await client.aclose()
            assert len(server.seen) == 3
    assert elsewhere.seen == []


def listening(process: psutil.Process) -> set[str]:
    family = [process, *process.children(recursive=True)]
    return {each.laddr.ip for one in family for each in one.net_connections("inet") if each.status == "LISTEN"}


@cell(
    "anybody on the network",
    "chimera simulate",
    "it listens on the loopback unless told, and says so when it does not",
)
def test_the_simulator_listens_on_the_loopback_unless_told(capfd: pytest.CaptureFixture[str]) -> None:
    with running_simulator() as simulator:
        assert listening(psutil.Process(simulator.process.pid)) == {"127.0.0.1"}
    assert capfd.readouterr().err == ""
    with running_simulator("--host", "0.0.0.0") as simulator:
        assert listening(psutil.Process(simulator.process.pid)) == {"0.0.0.0"}
    assert "Whoever reaches 0.0.0.0 can ask this server" in capfd.readouterr().err


@pytest.mark.skipif(not LONG, reason="in make faults: a demo takes seconds to start")
@cell("anybody on the network", "chimera --demo", "its server listens on the loopback alone")
def test_a_demo_listens_on_the_loopback_alone(tmp_path: Path) -> None:
    with house(write_reports(tmp_path / "reports"), demo=True) as home:
        home.start()
        assert listening(psutil.Process(home.pid())) == {"127.0.0.1"}
