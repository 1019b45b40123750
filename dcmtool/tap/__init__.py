"""A relay between a caller and a node, which shows what they say to each other and changes none of it."""
