"""One module per command: what it takes (`add_arguments`) and what it does (`run`)."""
