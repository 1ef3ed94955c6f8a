"""How the command line finds what was asked for, and what it says of bad use."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from chimera_tui import __version__
from chimera_tui.cli import main
from chimera_tui.commands import COMMANDS
from tests.commands.conftest import Shell, shell

__all__ = ["shell"]


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == f"chimera {__version__}"


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert [name for name in COMMANDS if f"\n  {name} " not in printed] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert f"usage: chimera {name}" in capsys.readouterr().out


def test_without_a_terminal_the_viewer_points_to_chimera_run(shell: Shell) -> None:
    done = shell.run()
    assert done.returncode == 2
    assert done.stderr.startswith("chimera: the screen needs a terminal")
    assert "chimera run" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_terminal_that_can_not_draw_is_refused_as_well(shell: Shell) -> None:
    code, printed = in_terminal(shell, [], TERM="dumb")
    assert code == 2
    assert "TERM=dumb" in printed
    assert "chimera run" in printed


def test_a_command_wins_over_a_directory_of_its_name_and_dash_dash_undoes_that(shell: Shell) -> None:
    (shell.here / "config").mkdir()
    assert "agents.a.model" in shell.call("config").stdout
    for words in (["./config"], ["--", "config"]):
        done = shell.call(*words)
        assert "the screen needs a terminal" in done.stderr


def test_a_command_behind_a_flag_is_pointed_to_the_front(shell: Shell) -> None:
    done = shell.run("--theme", "light", "doctor")
    assert done.returncode == 2
    assert "doctor is a command" in done.stderr
    assert "chimera doctor" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["rnu"], "Did you mean the command run?"),
        (["no/such/folder"], "there is no directory no/such/folder"),
        (["config", "no-such"], "there is no directory no-such"),
        (["config", "--num-gpu", "many"], "--num-gpu"),
        (["config", "--config", "missing.toml"], "missing.toml"),
        (["config", "--nonsense"], "unknown option --nonsense"),
        (["config", "--num", "3"], "Did you mean --num-gpu?"),
        (["x" * 300], "can not be opened: File name too long"),
        (["--demo", "--model"], "expected one argument"),
    ],
)
def test_bad_use_is_told_in_a_line_and_exits_2(shell: Shell, words: list[str], said: str) -> None:
    done = shell.call(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_in_place_of_a_directory_is_pointed_to_show(shell: Shell) -> None:
    (shell.here / "report.md").write_text("x")
    done = shell.call("report.md")
    assert done.returncode == 2
    assert "chimera show report.md" in done.stderr


def test_a_working_directory_that_is_gone_is_no_traceback(shell: Shell) -> None:
    words = [
        sys.executable,
        "-c",
        "import os; os.rmdir(os.getcwd()); from chimera_tui.cli import main; main(['config'])",
    ]
    done = subprocess.run(words, cwd=shell.here, env=shell.environment, capture_output=True, text=True)
    assert done.stderr.startswith("chimera: there is no working directory any more")


def test_control_characters_of_a_name_never_reach_the_terminal(shell: Shell) -> None:
    done = shell.run("\x1b[31mred")
    assert "\x1b" not in done.stderr
    assert "\\x1b[31mred" in done.stderr


def test_a_reader_that_leaves_early_is_no_traceback(shell: Shell) -> None:
    with subprocess.Popen(
        shell.command("config"),
        cwd=shell.here,
        env={**shell.environment, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert "Traceback" not in said
    assert process.returncode == 1


def test_only_the_command_that_was_asked_for_is_imported() -> None:
    program = (
        "import sys, contextlib, io\n"
        "from chimera_tui.cli import main\n"
        "with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()): main(['--version'])\n"
        "heavy = {'textual', 'pydantic', 'httpx', 'asyncio', 'starlette'}\n"
        "print(*(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def in_terminal(shell: Shell, words: list[str], **environment: str) -> tuple[int, str]:
    """Run `chimera` in a pseudo-terminal until it ends; its exit code and everything it drew."""
    main_end, program_end = pty.openpty()
    with subprocess.Popen(
        shell.command(*words),
        cwd=shell.here,
        env={**shell.environment, **environment},
        stdin=program_end,
        stdout=program_end,
        stderr=program_end,
    ) as process:
        os.close(program_end)
        printed = _drain(main_end)
        code = process.wait(timeout=20)
    os.close(main_end)
    return code, printed


def _drain(terminal: int, timeout_s: float = 20.0) -> str:
    parts = []
    deadline = time.monotonic() + timeout_s
    while select.select([terminal], [], [], max(0.0, deadline - time.monotonic()))[0]:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # how Linux tells that the other end is closed
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode()


def test_python_dash_m_is_the_same_program(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "chimera_tui", "--version"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == f"chimera {__version__}"
