"""Markdown that is still being written, as styled lines: incremental, bounded, without Textual."""
