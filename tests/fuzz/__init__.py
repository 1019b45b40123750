"""Coverage-guided fuzzing: each target is a function of bytes, `make fuzz` looks for bytes that break it."""
