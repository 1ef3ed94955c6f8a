"""Textual without its palette is whole again once that is opened."""

from __future__ import annotations

import subprocess
import sys

from chimera_tui.tui.textual_version import textual_version

_THERE_AND_BACK = """
import sys
from chimera_tui.tui.light_textual import bring_back, leave_out

leave_out()
from textual import app, theme

assert "textual.widgets._input" not in sys.modules and "ssl" not in sys.modules
bring_back()
bring_back()
from textual import command
import ssl, asyncio

assert app.CommandPalette is command.CommandPalette and app.SimpleProvider is command.SimpleProvider
assert issubclass(theme.ThemeProvider, command.Provider) and theme.Hit is command.Hit
print("whole")
"""
_NOT_KNOWN = """
import sys
from chimera_tui.tui import light_textual

light_textual.textual_version = lambda: "9.0.0"
light_textual.leave_out()
assert "ssl" not in sys.modules or sys.modules["ssl"] is not None
from textual import app, command

assert app.CommandPalette is command.CommandPalette
print("as it is")
"""
_LATE = """
from textual import app, command
from chimera_tui.tui.light_textual import bring_back, leave_out

leave_out()
bring_back()
from textual import command as again

assert app.CommandPalette is command.CommandPalette is again.CommandPalette
print("too late")
"""


def told(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_what_was_left_out_comes_back() -> None:
    assert told(_THERE_AND_BACK) == "whole"


def test_an_unknown_version_and_one_that_is_loaded_are_left_as_they_are() -> None:
    assert told(_NOT_KNOWN) == "as it is"
    assert told(_LATE) == "too late"


def test_the_version_is_told_without_importing_textual() -> None:
    read = "from chimera_tui.tui.textual_version import textual_version"
    program = f"import sys; {read}; print(textual_version(), 'textual' in sys.modules)"
    assert told(program) == f"{textual_version()} False"
