"""Statistics, comparison and the causes of waits: pure functions over what the journal holds."""
