"""One module per measurement, each with its figures and a function that makes one run of it."""
