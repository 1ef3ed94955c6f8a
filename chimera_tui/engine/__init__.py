"""One agent's workflow (ingest → analysis → report), the pair, and the fold of events into metrics."""
