"""Tests of `dcmtool.exporter`."""
