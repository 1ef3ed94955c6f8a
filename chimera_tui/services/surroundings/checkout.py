"""The commit of our own checkout, read from git's files: no git is started, and none need be installed."""

from __future__ import annotations

import re
from pathlib import Path

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


def commit_of(checkout: Path) -> str:
    """All digits of what is checked out there; empty when the folder is no checkout or nothing is committed.

    Folders above it are not looked at: a wheel that is installed below somebody's repository has no commit.
    """
    try:
        git = _git_folder(checkout / ".git")
        head = _line(git / "HEAD")
        if not head.startswith("ref:"):
            return _commit(head)
        return _of_ref(git, head.removeprefix("ref:").strip())
    except (OSError, UnicodeDecodeError):
        return ""


def _git_folder(git: Path) -> Path:
    """A worktree or submodule has a file there that says where the folder is."""
    return git if git.is_dir() else git.parent / _line(git).removeprefix("gitdir:").strip()


def _of_ref(git: Path, ref: str) -> str:
    """A worktree keeps only its HEAD to itself; branches are in the common folder, each a file or packed."""
    if not ref.startswith("refs/") or ".." in ref.split("/"):
        return ""
    common = git / _line(git / "commondir") if (git / "commondir").is_file() else git
    for folder in dict.fromkeys((git, common)):
        if (folder / ref).is_file():
            return _commit(_line(folder / ref))
    packed = common / "packed-refs"
    if packed.is_file():
        for line in packed.read_text("utf-8").splitlines():
            commit, _, name = line.partition(" ")
            if name == ref:
                return _commit(commit)
    return ""


def _line(file: Path) -> str:
    return file.read_text("utf-8").strip()


def _commit(text: str) -> str:
    return text if _COMMIT.fullmatch(text) else ""
