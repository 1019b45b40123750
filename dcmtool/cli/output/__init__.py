"""What the commands write: to stderr while they run, to stdout at the end, to files."""
