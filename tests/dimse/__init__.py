"""Tests of the DIMSE layer, by bytes alone."""
