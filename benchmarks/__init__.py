"""Measurements of Chimera TUI itself, each beside its floor in the same run; see README.md."""
