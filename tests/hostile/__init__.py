"""Peers, files and strangers that mean harm: what they take is bounded, and others are served meanwhile."""
