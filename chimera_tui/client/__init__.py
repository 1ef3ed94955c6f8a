"""How other programs find, start and talk to the daemon; importing the package alone costs nothing."""
