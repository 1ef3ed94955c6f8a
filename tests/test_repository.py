"""What holds for the repository as a whole: what stands where, how long files are, what nobody may find in it."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from chimera_tui import __version__
from chimera_tui.commands import COMMANDS

TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "CHANGELOG.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "benchmarks",
    "chimera_tui",
    "docs",
    "prompts",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
    "samples",
    "screenshots",
    "styles",
    "tests",
}
MOST_LINES = 300
FORBIDDEN = tuple(
    "".join(halves)  # in two halves, so that this file does not hold what it looks for
    for halves in (
        ("/wo", "rk/"),
        ("/ro", "ot/"),
        ("/ho", "me/"),
        ("pypi.", "org"),
        ("python", "hosted"),
        ("index-", "url"),
        ("--find-", "links"),
    )
)
REQUIREMENT = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def files(repository: Path) -> list[Path]:
    """Everything that is, or would be, in the repository."""
    if not (repository / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout")
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(words, cwd=repository, capture_output=True, check=True)
    paths = [repository / name.decode() for name in done.stdout.split(b"\0") if name]
    return [path for path in paths if path.is_file()]


@pytest.fixture(scope="module")
def modules(repository: Path) -> list[Path]:
    return sorted(path for folder in ("chimera_tui", "benchmarks") for path in (repository / folder).rglob("*.py"))


def test_the_top_level_holds_what_it_should_and_nothing_else(repository: Path, files: list[Path]) -> None:
    assert {path.relative_to(repository).parts[0] for path in files} <= TOP_LEVEL
    assert {name for name in TOP_LEVEL if not (repository / name).exists()} <= {"benchmarks", "screenshots"}


def test_no_file_names_a_machine_path_or_a_package_host(files: list[Path]) -> None:
    found = [
        f"{path}: {word}"
        for path in files
        if path.suffix not in {".png", ".gz"}
        for word in FORBIDDEN
        if word.encode() in path.read_bytes()
    ]
    assert found == []


def test_every_module_opens_with_a_docstring(modules: list[Path]) -> None:
    trees = {path: ast.parse(path.read_text()) for path in modules}
    assert trees
    assert [path for path, tree in trees.items() if ast.get_docstring(tree) is None] == []


def test_no_module_is_longer_than_300_lines(modules: list[Path]) -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in modules}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_every_locked_requirement_has_a_hash(repository: Path, name: str) -> None:
    entries = re.split(r"\n(?=\S)", (repository / name).read_text().strip())
    entries = [entry for entry in entries if not entry.startswith("#")]
    assert entries
    assert [entry for entry in entries if not REQUIREMENT.match(entry) or "--hash=sha256:" not in entry] == []


def test_the_development_lock_holds_the_other_one_at_the_same_versions(repository: Path) -> None:
    run, dev = (
        set(REQUIREMENT.findall((repository / name).read_text()))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert run
    assert run - dev == set()


def test_every_dependency_is_locked_and_its_reason_is_written_down(repository: Path) -> None:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    names = [re.match(r"[A-Za-z0-9-]+", line)[0] for line in project["dependencies"]]  # type: ignore[index]
    locked = {name for name, _ in REQUIREMENT.findall((repository / "requirements.lock").read_text())}
    reasons = (repository / "docs" / "dependencies.md").read_text()
    assert set(names) <= locked
    assert [name for name in names if f"| {name} |" not in reasons] == []


def test_the_readme_names_the_two_commands_and_every_subcommand(repository: Path) -> None:
    readme = (repository / "README.md").read_text()
    assert "make run" in readme
    assert "make test" in readme
    assert [name for name in COMMANDS if f"chimera {name}" not in readme] == []


def test_links_of_the_documents_lead_somewhere(repository: Path) -> None:
    documents = [repository / "README.md", repository / "CHANGELOG.md", *(repository / "docs").glob("*.md")]
    missing = [
        f"{document.name}: {target}"
        for document in documents
        for target in re.findall(r"\]\(([^)#\s]+)", document.read_text())
        if "://" not in target and not (document.parent / target).exists()
    ]
    assert missing == []


def test_the_changelog_tells_of_the_current_version(repository: Path) -> None:
    assert f"## {__version__}" in (repository / "CHANGELOG.md").read_text()


def test_ci_runs_what_the_readme_says(repository: Path) -> None:
    script = repository / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    lines = script.read_text().splitlines()
    assert "make check" in lines
    assert "make test" in lines
