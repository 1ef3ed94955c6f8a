"""Grounding: the facts of the files, the claims of a text, and what the facts say of the claims."""
