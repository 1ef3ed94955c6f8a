"""The benchmark files of the roots: found, watched and read, by processes of their own."""
