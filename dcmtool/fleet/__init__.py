"""Many nodes: whom to verify, how many at once, and what came of each."""
