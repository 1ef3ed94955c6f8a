"""A settings file that somebody else put into the reports sends neither prompts nor the key anywhere."""

from __future__ import annotations

import os
from contextlib import aclosing
from pathlib import Path

import pytest

from chimera_tui.domain.events import Notice
from chimera_tui.domain.options import AgentId
from chimera_tui.services.ollama.host import parse_host
from chimera_tui.settings import Settings, load
from tests.daemon.daemons import house, write_reports
from tests.faults.table import LONG, cell

THEIRS = '[agents]\nhost = "https://somebody.example"\n'
SOMEBODY = 65_534


def loaded(root: Path, config: Path | None = None) -> Settings:
    empty = root.parent / "empty"
    empty.mkdir(exist_ok=True)
    return load({}, environ={}, roots=[root], config=config, working_directory=empty, read_host=parse_host)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = write_reports(tmp_path / "reports")
    (made / "chimera.toml").write_text(THEIRS)
    return made


@cell("settings of another user", "chimera.toml in the reports", "it is passed over and said; --config reads it")
@pytest.mark.parametrize("how", ["everybody may write it", "it is another user's"])
def test_a_settings_file_of_others_is_passed_over(root: Path, how: str) -> None:
    file = root / "chimera.toml"
    assert loaded(root).agents[AgentId.A].host == "https://somebody.example:443"
    if how == "everybody may write it":
        file.chmod(0o666)
    elif os.getuid() == 0:
        os.chown(file, SOMEBODY, SOMEBODY)
    else:
        pytest.skip("only root can give files away")
    found = loaded(root)
    assert "somebody.example" not in found.agents[AgentId.A].host
    assert found.file != file
    (why,) = found.passed_over
    assert str(file) in why and "--config" in why
    chosen = loaded(root, file)
    assert chosen.agents[AgentId.A].host == "https://somebody.example:443"
    assert chosen.passed_over == ()


@pytest.mark.skipif(not LONG, reason="in make faults: a daemon of its own")
@cell("settings of another user", "a daemon is started there", "every viewer is told")
async def test_a_daemon_tells_that_it_passed_a_file_over(root: Path) -> None:
    (root / "chimera.toml").chmod(0o666)
    with house(root) as home:
        home.start()
        async with home.client() as client, aclosing(client.events()) as events:
            async for event in events:
                if isinstance(event, Notice) and "can be written by everybody" in event.text:
                    break
            settings = await client.settings()
    assert "somebody" not in settings[AgentId.A].host
