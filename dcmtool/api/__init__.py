"""The Python API, whose names `dcmtool` itself has: one node, and many."""
