"""Tests of `dcmtool.capture`."""
