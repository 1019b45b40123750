"""Tests of what `docs/monitoring` has, with the real Prometheus."""
