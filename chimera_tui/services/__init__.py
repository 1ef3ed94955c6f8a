"""The outside world, one package each: servers, files, telemetry, the journal."""
