"""The process that checks the numbers of reports against the files, and what the daemon knows of it."""
