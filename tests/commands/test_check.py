"""`chimera check`: any Markdown report against the files that it is about."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from chimera_tui.domain.verdicts import Verdict
from tests.commands.conftest import Shell
from tests.terminal import Terminal

GOOD = "# Report\n\n- There are 3 files: 1 CSV file, 1 JSON file and 1 Markdown file.\n"
BAD = "# Report\n\n- There are 3 files, of these 7 CSV files.\n- The sky is 900 km high.\n"


@pytest.fixture
def good(shell: Shell) -> Path:
    path = shell.here / "good.md"
    path.write_text(GOOD)
    return path


@pytest.fixture
def bad(shell: Shell) -> Path:
    path = shell.here / "bad.md"
    path.write_text(BAD)
    return path


def checked(shell: Shell, text: str, reports: Path) -> dict[str, Any]:
    """The document of one text; every number's place in its line is looked at as well."""
    path = shell.here / "report.md"
    path.write_bytes(text.encode(errors="surrogatepass"))
    done = shell.call("check", path, "--reports", reports, "--json")
    assert done.returncode in (0, 3), done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    lines = path.read_bytes().decode(errors="replace").split("\n")
    for number in document["numbers"]:
        assert lines[number["line"] - 1][number["start"] : number["end"]] == number["number"]
        assert number["verdict"] in set(Verdict)
    return document


def test_a_report_whose_numbers_hold_ends_with_0(shell: Shell, good: Path, reports: Path) -> None:
    done = shell.run("check", good, "--reports", reports)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == f"{good}: checked 4 lines against 3 files"
    assert lines[-1] == "4 of 4 numbers supported (100 %)"
    listed = shell.call("check", good, "--reports", reports, "--all").stdout.splitlines()
    assert [line.split()[:4] for line in listed[3:7]] == [["3", each, "✓", "supported"] for each in "3111"]


def test_a_contradicted_number_is_told_with_its_true_value_and_ends_with_3(
    shell: Shell, bad: Path, reports: Path
) -> None:
    done = shell.run("check", bad, "--reports", reports)
    assert done.returncode == 3
    wrong = next(line for line in done.stdout.splitlines() if "contradicted" in line)
    assert wrong.split()[:4] == ["3", "7", "✗", "contradicted"]
    assert "1 file" in wrong and "inventory" in wrong
    assert "\x1b" not in done.stdout


def test_every_number_is_in_the_document_also_what_is_no_claim(shell: Shell, reports: Path) -> None:
    document = checked(shell, "## 2. Files\n\nThere are 3 files, of these 7 CSV files.\n", reports)
    assert (document["schema"], document["version"], document["files"]) == ("chimera.check", 1, 3)
    assert [(each["number"], each["verdict"]) for each in document["numbers"]] == [
        ("2", "not_a_claim"),
        ("3", "supported"),
        ("7", "contradicted"),
    ]
    assert document["counts"] == {"supported": 1, "contradicted": 1, "misattributed": 0, "unsupported": 0}
    assert document["score"] == 0.5
    assert document["numbers"][2]["place"]["path"] is None
    assert document["checked_lines"] == [[1, 4]]


def test_standard_input_is_read_too(shell: Shell, reports: Path) -> None:
    command = [*shell.command("check", "-", "--reports", reports), "--json"]
    done = subprocess.run(
        command, cwd=shell.here, env=shell.environment, input=BAD, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, json.loads(done.stdout)["report"]) == (3, "-")


def test_a_terminal_of_80_columns_gets_colour_and_no_line_that_is_too_long(
    shell: Shell, bad: Path, reports: Path
) -> None:
    command = shell.command("check", bad, "--reports", reports)
    with Terminal(command, size=(80, 24), environment=shell.environment) as terminal:
        screen = terminal.wait_for("numbers supported")
    assert "✗ contradicted" in screen


def test_the_report_itself_is_no_witness(shell: Shell, reports: Path) -> None:
    own = reports / "verdict.md"
    own.write_text("# Verdict\n\n| model | tokens_per_s |\n| --- | --- |\n| gemma3 | 4711.5 |\n")
    done = shell.call("check", own, "--reports", reports, "--json")
    assert "verdict.md is the report itself" in done.stderr
    document = json.loads(done.stdout)
    assert document["files"] == 3
    assert {each["number"]: each["verdict"] for each in document["numbers"]}["4711.5"] != "supported"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        "Число файлов: 3. 文件有三个。\n",
        "It took 1e400 s, -1e-400 ms, NaN, 0x7, 1.2.3.4 and ९ files.\n",
        "| a | 3\n|---\n```\n7 files\n| 4 |",
        "a\r\n3 files\r\n\x00\x1b[31m 9 \u2028 4 \u202e files",
        "3 files \ud83d",
    ],
)
def test_nothing_that_a_report_may_hold_breaks_it(shell: Shell, reports: Path, text: str) -> None:
    checked(shell, text, reports)


def test_control_characters_of_a_report_reach_no_terminal(shell: Shell, reports: Path) -> None:
    path = shell.here / "hostile.md"
    path.write_text("\x1b[31mCSV\x1b[0m files\u202e: 7 CSV files \x1b]0;x\x07\n")
    done = shell.call("check", path, "--reports", reports, "--all")
    assert "7" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_a_name_that_is_not_utf_8_is_no_crash(shell: Shell, reports: Path) -> None:
    path = shell.here / os.fsdecode(b"caf\xe9.md")
    path.write_text(GOOD)
    assert (
        shell.call("check", path, "--reports", reports)
        .stdout.splitlines()[0]
        .endswith("caf\\xe9.md: checked 4 lines against 3 files")
    )
    assert json.loads(shell.call("check", path, "--reports", reports, "--json").stdout)["score"] == 1


def test_bad_use_says_what_to_do(shell: Shell, good: Path, reports: Path) -> None:
    missing = shell.call("check", "missing.md", "--reports", reports)
    assert (missing.returncode, missing.stderr) == (2, "chimera: there is no file missing.md. Check the path.\n")
    nowhere = shell.call("check", good, "--reports", shell.here / "nowhere")
    assert nowhere.returncode == 2
    empty = shell.here / "empty"
    empty.mkdir()
    nothing = shell.call("check", good, "--reports", empty)
    assert nothing.returncode == 2
    assert "there is no csv, json or md file in" in nothing.stderr
    assert "--reports DIR" in nothing.stderr
    picture = shell.here / "plot.png"
    picture.write_bytes(bytes(range(256)) * 20)
    binary = shell.call("check", picture, "--reports", reports)
    assert (binary.returncode, binary.stdout) == (2, "")
    assert "is no text" in binary.stderr
    assert shell.call("check", "--reports", reports).returncode == 2


def test_only_what_the_model_wrote_is_checked_of_a_known_report(shell: Shell, reports: Path) -> None:
    generated = (
        "# Chimera Agent B\n\n**Date:** 2025-11-15\n**Agent Type:** Chimera Agent B\n\n---\n\n"
        "# Report\n\nThere are 101 files.\n\n## Workflow Summary\n\n- Files analyzed: 7777\n"
        "```\nTotal files analyzed: 101\n```\n\n## Metrics\n- Throughput: 40.88 tok/s\n"
    )
    document = checked(shell, generated, reports)
    assert (document["form"], document["written"]) == ("one run", "2025-11-15")
    assert [each["number"] for each in document["numbers"]] == ["101"]


@pytest.mark.shared
def test_a_report_of_the_sample_is_checked_against_its_corpus(shell: Shell, shared_dir: Path) -> None:
    report = shared_dir / "grounding" / "reports" / "seed_000_gemma3_chimera_b.md"
    corpus = shared_dir / "corpus"
    done = shell.call("check", report, "--reports", corpus / "reports", corpus / "csv_data", "--json")
    assert done.returncode == 3
    document = json.loads(done.stdout)
    assert document["files"] == 101
    found = {(each["line"], each["number"]): each for each in document["numbers"]}
    assert found[29, "67"]["verdict"] == "contradicted"
    assert found[29, "67"]["truth"].startswith("44")
    assert found[27, "101"]["verdict"] == "supported"


def test_ten_thousand_numbers_on_one_line_are_ten_thousand_numbers(shell: Shell, reports: Path) -> None:
    document = checked(shell, "values: " + ", ".join(f"{number}.5" for number in range(10_000)), reports)
    assert len(document["numbers"]) == 10_000
