"""From what was seen of a failure to what it means: which advice fits it."""
