"""The process that does everything that is not pixels: runs, inventory, journal, and the stream of events."""
