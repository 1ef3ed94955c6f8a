"""The machine that the daemon runs on: hardware, software, and the commit of our own checkout."""
