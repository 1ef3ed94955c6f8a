"""A server's environment, from process tables written for the purpose and from a process that really runs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from chimera_tui.services.surroundings.ollama_process import ollama_environment
from tests.support import wait_until


def process(proc: Path, pid: int, command: str, environment: Mapping[str, str]) -> Path:
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in command.split()))
    block = b"".join(f"{name}={value}".encode() + b"\0" for name, value in environment.items())
    (folder / "environ").write_bytes(block)
    return folder


def test_no_server_no_environment(tmp_path: Path) -> None:
    process(tmp_path, 10, "/usr/bin/python3 serve", {"OLLAMA_NUM_PARALLEL": "2"})
    process(tmp_path, 11, "", {})
    (tmp_path / "self").mkdir()
    assert ollama_environment(proc=tmp_path) == ()
    assert ollama_environment(proc=tmp_path / "missing") == ()


def test_what_matters_is_told_in_order_and_the_rest_is_not(tmp_path: Path) -> None:
    environment = {
        "PATH": "/usr/bin",
        "OLLAMA_NUM_PARALLEL": "2",
        "OLLAMA_FLASH_ATTENTION": "1",
        "CUDA_VISIBLE_DEVICES": "0,1",
        "OLLAMA_HOST": "",
    }
    process(tmp_path, 10, "/usr/local/bin/ollama serve", environment)
    assert ollama_environment(proc=tmp_path) == (
        ("CUDA_VISIBLE_DEVICES", "0,1"),
        ("OLLAMA_FLASH_ATTENTION", "1"),
        ("OLLAMA_HOST", ""),
        ("OLLAMA_NUM_PARALLEL", "2"),
    )


def test_secrets_are_left_out(tmp_path: Path) -> None:
    names = ("OLLAMA_API_KEY", "OLLAMA_TOKEN", "OLLAMA_CLIENT_SECRET", "OLLAMA_PASSWORD", "OLLAMA_auth_key")
    process(
        tmp_path, 10, "ollama serve", dict.fromkeys(names, "hidden") | {"OLLAMA_HOST": "http://me:hidden@[::]:1"}
    )
    assert ollama_environment(proc=tmp_path) == (("OLLAMA_HOST", "http://[::]:1"),)


def test_the_name_of_the_machine_is_taken_out_of_the_values(tmp_path: Path) -> None:
    values = {"OLLAMA_HOST": "http://Box7:11434", "OLLAMA_ORIGINS": "box7.lan,box77,mybox7"}
    process(tmp_path, 10, "ollama serve", values)
    assert dict(ollama_environment("box7", tmp_path)) == {
        "OLLAMA_HOST": "http://<host>:11434",
        "OLLAMA_ORIGINS": "<host>.lan,box77,mybox7",
    }


def test_values_are_printable_and_of_a_length_that_can_be_shown(tmp_path: Path) -> None:
    process(tmp_path, 10, "ollama serve", {"OLLAMA_MODELS": "\x1b[2J", "OLLAMA_ORIGINS": "x" * 100_000})
    told = dict(ollama_environment(proc=tmp_path))
    assert told["OLLAMA_MODELS"] == r"\x1b[2J"
    assert len(told["OLLAMA_ORIGINS"]) == 500


def test_of_several_servers_only_what_they_agree_on_is_told(tmp_path: Path) -> None:
    process(tmp_path, 10, "ollama serve", {"OLLAMA_HOST": ":1", "OLLAMA_DEBUG": "1"})
    process(tmp_path, 11, "ollama serve", {"OLLAMA_HOST": ":2", "OLLAMA_DEBUG": "1", "OLLAMA_NOPRUNE": "1"})
    assert ollama_environment(proc=tmp_path) == (("OLLAMA_DEBUG", "1"),)


def test_runners_and_clients_are_no_servers(tmp_path: Path) -> None:
    process(tmp_path, 10, "ollama runner --model x", {"OLLAMA_DEBUG": "1"})
    process(tmp_path, 11, "ollama run gemma3", {"OLLAMA_DEBUG": "1"})
    assert ollama_environment(proc=tmp_path) == ()


def test_a_server_that_ended_meanwhile_is_no_error(tmp_path: Path) -> None:
    (process(tmp_path, 10, "ollama serve", {}) / "environ").unlink()
    assert ollama_environment(proc=tmp_path) == ()


def test_a_process_that_really_runs_is_read(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    assert bash
    # the kernel gives the command line as it was called, whatever program that is
    words = ["ollama", "serve"]
    (tmp_path / "serve").write_text("read line")
    with subprocess.Popen(
        words,
        executable=bash,
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        env={"OLLAMA_CHIMERA_TEST": "yes"},
    ) as server:
        wait_until(
            lambda: Path(f"/proc/{server.pid}/cmdline").read_bytes().startswith(b"ollama"), "the server's start"
        )
        (tmp_path / str(server.pid)).symlink_to(f"/proc/{server.pid}")  # and no other server of this machine
        found = ollama_environment(proc=tmp_path)
        server.communicate(b"\n")
    assert found == (("OLLAMA_CHIMERA_TEST", "yes"),)
