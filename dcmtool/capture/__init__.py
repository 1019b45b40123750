"""Connections between two others, from captures, traces and logs, and what they come to."""
