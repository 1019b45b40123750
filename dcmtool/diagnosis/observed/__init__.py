"""Findings about a connection between two others, in which neither side is ours."""
