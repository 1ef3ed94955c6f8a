"""What can go wrong, at which moment, and what must hold then: `python -m tests.faults.table` prints the table."""
