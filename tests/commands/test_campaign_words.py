"""What stands behind `chimera campaign WHAT`: a file, a name, a cell, directories."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_tui.commands.campaign import Words, read_words
from chimera_tui.domain.errors import BadUse


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "reports").mkdir()
    (tmp_path / "night.toml").write_text("")


@pytest.mark.parametrize(
    ("verb", "words", "found"),
    [
        ("run", ["night.toml", "reports"], Words("last", Path("night.toml"), "", ("reports",))),
        ("list", ["reports"], Words("last", None, "", ("reports",))),
        ("show", [], Words("last", None, "", ())),
        ("show", ["reports"], Words("last", None, "", ("reports",))),
        ("show", ["night", "reports"], Words("night", None, "", ("reports",))),
        ("resume", ["night.toml", "reports"], Words("", Path("night.toml"), "", ("reports",))),
        ("resume", ["gone.toml"], Words("", Path("gone.toml"), "", ())),
        ("skip", ["night", "3", "reports"], Words("night", None, "3", ("reports",))),
    ],
)
def test_words(verb: str, words: list[str], found: Words) -> None:
    assert read_words(verb, words) == found


@pytest.mark.parametrize(("verb", "words"), [("run", []), ("plan", []), ("skip", ["night"])])
def test_what_is_missing_is_said(verb: str, words: list[str]) -> None:
    with pytest.raises(BadUse, match="which"):
        read_words(verb, words)
