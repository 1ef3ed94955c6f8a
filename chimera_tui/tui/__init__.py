"""The viewer: screens and widgets over the client's stream of events."""
