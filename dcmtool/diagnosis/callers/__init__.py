"""The other direction: why a caller of our own SCP does not get what it wants, as findings about it."""
