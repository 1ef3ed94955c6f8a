"""A server that speaks Ollama's HTTP API and behaves like it, for demos and tests."""
