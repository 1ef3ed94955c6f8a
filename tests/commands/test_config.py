"""`chimera config` as a person sees it."""

from __future__ import annotations

import json

from tests.commands.conftest import Shell


def test_every_setting_is_printed_with_its_place(shell: Shell) -> None:
    (shell.here / "chimera.toml").write_text("[agents.b]\nnum_gpu = 20\n")
    done = shell.run("config", "--model", "llama3", environment={"CHIMERA_A_TOP_K": "5"})
    lines = {line.split()[0]: line for line in done.stdout.splitlines() if line.startswith("agents.")}
    assert done.returncode == 0
    assert lines["agents.b.num_gpu"].split() == ["agents.b.num_gpu", "20", f"{shell.here}/chimera.toml:2"]
    assert lines["agents.a.model"].split() == ["agents.a.model", "llama3", "--model"]
    assert lines["agents.a.top_k"].split() == ["agents.a.top_k", "5", "CHIMERA_A_TOP_K"]
    assert lines["agents.a.host"].split() == ["agents.a.host", "http://127.0.0.1:9", "OLLAMA_HOST"]
    assert "server's default" in lines["agents.a.num_ctx"]


def test_json_says_the_same(shell: Shell) -> None:
    document = json.loads(shell.call("config", "--json", "--sequence").stdout)
    assert document["file"] is None
    assert document["settings"]["run.mode"] == {"value": "sequence", "source": "flag", "place": "--mode"}
    assert document["settings"]["agents.a.seed"] == {"value": None, "source": "default", "place": ""}


def test_a_variable_that_means_nothing_is_named_with_the_nearest_one(shell: Shell) -> None:
    done = shell.call("config", environment={"CHIMERA_NUM_GPUS": "1"})
    assert done.returncode == 0
    assert "CHIMERA_NUM_GPUS means nothing here. Did you mean CHIMERA_NUM_GPU?" in done.stdout
    assert "CHIMERA_RUNTIME_DIR" not in done.stdout


def test_a_wrong_value_is_one_line_and_bad_use(shell: Shell) -> None:
    (shell.here / "chimera.toml").write_text("[agents]\nnum_gpu = 'many'\n")
    done = shell.call("config")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("chimera: num_gpu must be a whole number")
    assert "chimera.toml:2" in done.stderr
    assert len(done.stderr.splitlines()) == 1
