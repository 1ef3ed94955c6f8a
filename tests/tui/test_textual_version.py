"""Which Textual this is, told quickly."""

from __future__ import annotations

import textual

from chimera_tui.tui.textual_version import textual_version


def test_the_version_is_the_one_that_textual_tells() -> None:
    assert textual_version() == textual.__version__
