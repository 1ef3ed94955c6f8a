"""The words everyone uses: frozen, pure, without I/O."""
