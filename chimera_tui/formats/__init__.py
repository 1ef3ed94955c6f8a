"""What is written and read: agent reports, the combined report, metrics.json, result files of other tools."""
