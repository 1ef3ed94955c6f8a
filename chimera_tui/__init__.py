"""Chimera TUI: watch a benchmark reports directory, let two local LLM agents read it, trust every number."""

__version__ = "0.1.0"
