"""The commit of a checkout, against what git itself says."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from chimera_tui.services.surroundings.checkout import commit_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *words: str) -> str:
    environment = os.environ | {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    done = subprocess.run(["git", *words], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "one")
    return folder


def head(folder: Path) -> str:
    commit = git(folder, "rev-parse", "HEAD")
    assert len(commit) == 40
    return commit


def test_a_branch(checkout: Path) -> None:
    assert commit_of(checkout) == head(checkout)


def test_a_branch_whose_name_has_slashes(checkout: Path) -> None:
    git(checkout, "checkout", "--quiet", "-b", "some/long/name")
    git(checkout, "commit", "--quiet", "--allow-empty", "-m", "two")
    assert commit_of(checkout) == head(checkout)


def test_a_detached_head(checkout: Path) -> None:
    git(checkout, "checkout", "--quiet", "--detach")
    assert commit_of(checkout) == head(checkout)


def test_packed_refs(checkout: Path) -> None:
    git(checkout, "tag", "-a", "v1", "-m", "v1")
    git(checkout, "pack-refs", "--all")
    assert not list((checkout / ".git" / "refs" / "heads").iterdir())
    assert commit_of(checkout) == head(checkout)


@pytest.mark.parametrize("packed", [False, True])
def test_a_worktree_has_a_commit_of_its_own(checkout: Path, packed: bool) -> None:
    other = checkout.parent / "other"
    git(checkout, "worktree", "add", "--quiet", "-b", "other", str(other))
    git(other, "commit", "--quiet", "--allow-empty", "-m", "two")
    if packed:
        git(checkout, "pack-refs", "--all")
    assert commit_of(other) == head(other) != commit_of(checkout)
    assert commit_of(checkout) == head(checkout)


def test_nothing_committed_yet(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert commit_of(tmp_path) == ""


def test_a_folder_below_somebody_elses_checkout_has_no_commit(checkout: Path) -> None:
    below = checkout / "lib" / "site-packages"
    below.mkdir(parents=True)
    assert commit_of(below) == ""


@pytest.mark.parametrize("text", [b"", b"gitdir: nowhere", b"\xff\xfe", b"ref: ../../etc/passwd"])
def test_what_is_no_repository_is_no_error(tmp_path: Path, text: bytes) -> None:
    (tmp_path / ".git").write_bytes(text)
    assert commit_of(tmp_path) == ""


@pytest.mark.parametrize("text", [b"", b"ref: ../config", b"ref: refs/../../secret", b"no commit", b"\xff"])
def test_a_head_that_makes_no_sense_is_no_error(tmp_path: Path, text: bytes) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_bytes(text)
    (tmp_path / "secret").write_text("f" * 40)
    assert commit_of(tmp_path) == ""
