"""Every run, token by token, in one append-only SQLite file."""
