"""Ollama: the client of its API, and the probe that reads token streams. Import the modules, not this package."""
