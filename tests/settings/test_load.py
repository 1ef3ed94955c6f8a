"""Settings from every source, and what is said of a wrong one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from chimera_tui.domain.errors import BadUse, ChimeraError, SettingInvalid
from chimera_tui.domain.options import AgentId
from chimera_tui.settings import Settings, ViewerSettings, load
from chimera_tui.settings.file import line_of
from chimera_tui.settings.keys import all_names, flag_of, variable_of


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and a user configuration that is empty too."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def read_host(text: str) -> str:
    """Stands for Ollama's own rule, which has tests of its own."""
    if " " in text:
        raise SettingInvalid(f"{text!r} is no address", next_="Give host:port.")
    return text if "://" in text else f"http://{text}"


def settings_of(
    folder: Path,
    toml: str = "",
    flags: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    if toml:
        (folder / "chimera.toml").write_text(toml)
    return load(flags or {}, environ=environ or {}, working_directory=folder, read_host=read_host)


def error_of(folder: Path, toml: str = "", **sources: Mapping[str, str]) -> str:
    with pytest.raises(ChimeraError) as caught:
        settings_of(folder, toml, **sources)
    return str(caught.value)


def test_without_any_source_everything_is_left_to_the_server(folder: Path) -> None:
    settings = settings_of(folder)
    for agent in AgentId:
        assert settings.agents[agent].model == "gemma3:latest"
        assert settings.agents[agent].host == "http://127.0.0.1:11434"
        assert settings.agents[agent].options.requested() == {}
    assert settings.file is None
    assert {origin.source for origin in settings.origins.values()} == {"default"}


def test_a_flag_wins_over_the_environment_over_the_file(folder: Path) -> None:
    toml = "[agents]\nnum_gpu = 1\nnum_ctx = 4096\ntop_k = 5\n"
    environ = {"CHIMERA_NUM_GPU": "2", "CHIMERA_NUM_CTX": "8192"}
    settings = settings_of(folder, toml, {"agents.num_gpu": "3"}, environ)
    assert settings.agents[AgentId.A].options.requested() == {"num_gpu": 3, "num_ctx": 8192, "top_k": 5}
    assert settings.origins["agents.a.num_gpu"].place == "--num-gpu"
    assert settings.origins["agents.b.num_ctx"].place == "CHIMERA_NUM_CTX"
    assert settings.origins["agents.b.top_k"].place == f"{folder / 'chimera.toml'}:4"


def test_a_value_that_is_no_utf_8_is_refused_where_it_was_given(folder: Path) -> None:
    """A daemon could tell it to nobody and keep it in no journal."""
    said = error_of(folder, flags={"agents.model": "m\udcff"})
    assert said.startswith("model must be UTF-8, not m\\xff (--model).")
    assert "CHIMERA_B_MODEL" in error_of(folder, environ={"CHIMERA_B_MODEL": "\udc80"})
    assert settings_of(folder, flags={"agents.model": "modèle"}).agents[AgentId.A].model == "modèle"


def test_within_one_source_an_agents_own_value_wins(folder: Path) -> None:
    toml = '[agents]\nmodel = "llama3"\ntemperature = 1\n[agents.b]\nmodel = "qwen3"\n'
    settings = settings_of(folder, toml)
    assert settings.agents[AgentId.A].model == "llama3"
    assert settings.agents[AgentId.B].model == "qwen3"
    assert settings.agents[AgentId.B].options.temperature == 1.0


def test_a_nearer_source_for_both_wins_over_a_farther_one_for_one(folder: Path) -> None:
    settings = settings_of(folder, "[agents.a]\nnum_gpu = 1\n", environ={"CHIMERA_NUM_GPU": "9"})
    assert settings.agents[AgentId.A].options.num_gpu == 9


def test_default_in_a_specific_place_undoes_a_general_value(folder: Path) -> None:
    settings = settings_of(folder, '[agents]\nnum_gpu = 20\n[agents.b]\nnum_gpu = "default"\n')
    assert settings.agents[AgentId.A].options.num_gpu == 20
    assert settings.agents[AgentId.B].options.num_gpu is None


def test_ollama_host_is_read_but_our_own_variable_is_nearer(folder: Path) -> None:
    environ = {"OLLAMA_HOST": "box:11434", "CHIMERA_B_HOST": "other:1"}
    settings = settings_of(folder, environ=environ)
    assert settings.agents[AgentId.A].host == "http://box:11434"
    assert settings.agents[AgentId.B].host == "http://other:1"
    assert settings.origins["agents.a.host"].place == "OLLAMA_HOST"


def test_an_empty_variable_is_as_good_as_none(folder: Path) -> None:
    settings = settings_of(folder, environ={"OLLAMA_HOST": "", "CHIMERA_MODEL": " "})
    assert settings.agents[AgentId.A].host == "http://127.0.0.1:11434"
    assert settings.agents[AgentId.A].model == "gemma3:latest"


def test_the_file_beside_the_reports_comes_before_the_working_directory_and_the_user(
    folder: Path, tmp_path: Path
) -> None:
    reports = tmp_path / "reports"
    user = tmp_path / "config" / "chimera-tui"
    for place, seconds in ((user, 3), (folder, 2), (reports, 1)):
        place.mkdir(parents=True, exist_ok=True)
        (place / "chimera.toml").write_text(f"[run]\ntimeout_s = {seconds}\n")

    def timeout_s() -> float | None:
        settings = load({}, environ={}, roots=[reports], working_directory=folder, read_host=read_host)
        return settings.run.timeout_s

    for wanted, place in ((1, reports), (2, folder), (3, user)):
        assert timeout_s() == wanted
        (place / "chimera.toml").unlink()
    assert timeout_s() is None


def test_every_group_can_be_set_from_the_file(folder: Path) -> None:
    toml = (
        '[agents]\nkeep_alive = "-1"\nthink = false\napi = "generate"\n'
        '[run]\nmode = "sequence"\ntimeout_s = 90\n'
        "[inventory]\npolling = true\n[daemon]\nidle_timeout_s = 5\n"
        '[viewer]\ntheme = "light"\nfps = 5\nquiet_link = true\noutput = "whole"\n'
    )
    settings = settings_of(folder, toml)
    assert settings.agents[AgentId.A].keep_alive == -1
    assert settings.agents[AgentId.A].think is False
    assert settings.agents[AgentId.A].api == "generate"
    assert (settings.run.mode, settings.run.timeout_s) == ("sequence", 90.0)
    assert settings.inventory.polling is True
    assert settings.daemon.idle_timeout_s == 5.0
    assert settings.viewer == ViewerSettings("light", 5, True, "whole")


def test_a_quiet_link_redraws_twice_a_second_and_no_faster_than_was_asked_for(folder: Path) -> None:
    assert settings_of(folder).viewer.redraws_per_s == 10
    assert settings_of(folder, flags={"viewer.quiet_link": "true"}).viewer.redraws_per_s == 2
    assert settings_of(folder, environ={"CHIMERA_QUIET_LINK": "on", "CHIMERA_FPS": "1"}).viewer.redraws_per_s == 1


@pytest.mark.parametrize("wrong", ["0", "31", "-1", "2.5", "many", "9" * 5_000])
def test_the_bounds_of_fps_are_told(folder: Path, wrong: str) -> None:
    sentence = error_of(folder, flags={"viewer.fps": wrong})
    assert "fps must be a whole number of redraws a second from 1 to 30" in sentence and "--fps" in sentence


@pytest.mark.parametrize(
    ("toml", "parts"),
    [
        ("[agents]\nmodle = 'x'\n", ["agents.modle", "chimera.toml:2", "Did you mean model?"]),
        ("[agents.a]\nnum_cxt = 1\n", ["agents.a.num_cxt", "chimera.toml:2", "Did you mean num_ctx?"]),
        ("\n[agent]\nmodel = 'x'\n", ["unknown setting agent ", "chimera.toml:2", "Did you mean agents?"]),
        ("[viewer]\nzzz = 1\n", ["viewer.zzz", "Known here: theme"]),
        ("[viewer]\nfps = 60\n", ["fps must be", "from 1 to 30, not 60", "chimera.toml:2"]),
        ("[viewer]\nfps = true\n", ["fps must be", "chimera.toml:2"]),
        ("[viewer]\nquiet_link = 2\n", ["quiet_link must be true or false", "chimera.toml:2"]),
        ("[viewer]\noutput = 'some'\n", ["output must be auto or changed or whole", "chimera.toml:2"]),
        ("[agents]\nnum_gpu = 'many'\n", ["num_gpu must be a whole number", "chimera.toml:2"]),
        ("[agents]\nnum_gpu = true\n", ["num_gpu must be a whole number", "chimera.toml:2"]),
        ("[agents]\ntemperature = 9\n", ["temperature must be from 0 to 2, not 9", "chimera.toml:2"]),
        ("[agents]\ntemperature = nan\n", ["temperature must be from 0 to 2", "chimera.toml:2"]),
        ("[agents]\napi = 'smoke'\n", ["api must be chat or generate", "chimera.toml:2"]),
        ("[agents]\nkeep_alive = 'soon'\n", ["keep_alive must be a duration", "5m"]),
        ("[agents]\nhost = 'a b'\n", ["host: 'a b' is no address", "chimera.toml:2"]),
        ("[run]\ntimeout_s = 'x'\n", ["timeout_s must be a number of seconds", "chimera.toml:2"]),
        ("run = 3\n", ["run must be a table", "chimera.toml:1", "[run]"]),
        ("[agents\n", ["is not TOML", "line 1", "chimera.toml"]),
    ],
)
def test_a_wrong_file_is_named_with_its_line_and_what_to_write(folder: Path, toml: str, parts: list[str]) -> None:
    sentence = error_of(folder, toml)
    for part in parts:
        assert part in sentence


def test_a_wrong_variable_is_named_even_where_a_flag_hides_it(folder: Path) -> None:
    sentence = error_of(folder, flags={"agents.num_gpu": "1"}, environ={"CHIMERA_NUM_GPU": "x"})
    assert "CHIMERA_NUM_GPU" in sentence


def test_a_wrong_flag_is_named(folder: Path) -> None:
    sentence = error_of(folder, flags={"agents.a.top_p": "1.5"})
    assert "top_p must be from 0 to 1, not 1.5" in sentence
    assert "--a-top-p" in sentence


def test_a_file_that_was_asked_for_must_be_there(folder: Path) -> None:
    with pytest.raises(BadUse, match=r"missing\.toml"):
        load({}, environ={}, config=folder / "missing.toml", working_directory=folder, read_host=read_host)


def test_a_file_that_is_not_utf_8_says_so(folder: Path) -> None:
    (folder / "chimera.toml").write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in error_of(folder)


def test_an_unknown_variable_is_noticed_but_no_error(folder: Path) -> None:
    settings = settings_of(folder, environ={"CHIMERA_MODLE": "x", "CHIMERA_MODEL": "y"})
    assert settings.unknown_variables == ("CHIMERA_MODLE",)


def test_no_two_settings_share_a_variable_or_a_flag() -> None:
    names = all_names()
    assert len({variable_of(name) for name in names}) == len(names)
    assert len({flag_of(name) for name in names}) == len(names)


def test_every_value_has_an_origin_and_can_be_asked_for_by_its_full_name(folder: Path) -> None:
    settings = settings_of(folder, '[agents.b]\ntop_k = 7\n[viewer]\ntheme = "light"\n')
    assert settings.value("agents.b.top_k") == 7
    assert settings.value("viewer.theme") == "light"
    assert {name: settings.value(name) for name in settings.origins}["agents.a.model"] == "gemma3:latest"
    with pytest.raises(KeyError):
        settings.value("viewer.nonsense")


@pytest.mark.parametrize(
    ("text", "dotted", "line"),
    [
        ("# c\n[agents . a]\n'num_gpu' = 1\n", "agents.a.num_gpu", 3),
        ("agents.a.num_gpu = 1\n", "agents.a.num_gpu", 1),
        ("[agents]\na = { num_gpu = 1 }\n", "agents.a.num_gpu", None),
        ("[agents.b]\nmodel = 'x'\n[agents.a]\nmodel = 'x'\n", "agents.a.model", 4),
        ("[[cells]]\nx = 1\n[[cells]] # two\nx = 2\n", "cells.1.x", 4),
        ("[[cells]]\n[cells.a]\nx = 1\n[[cells]]\n[cells.a]\nx = 2\n", "cells.1.a.x", 6),
        ("a = 1\n[[cells]]\n", "cells", 2),
    ],
)
def test_lines_are_found_where_a_simple_reading_can(text: str, dotted: str, line: int | None) -> None:
    assert line_of(text, dotted) == line


def test_settings_import_nothing_heavy() -> None:
    heavy = "{'pydantic', 'httpx', 'textual', 'rich', 'ollama', 'asyncio', 'platformdirs'}"
    program = f"import sys, chimera_tui.settings; print(*({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_machines_name_is_written_only_when_asked_for(folder: Path) -> None:
    assert settings_of(folder).run.name_host is False
    assert settings_of(folder, flags={"run.name_host": "true"}).run.name_host is True
