"""Tests, which mirror the tree of the package; `peers` holds what they talk to."""
