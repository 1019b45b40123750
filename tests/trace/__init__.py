"""Tests of the text that events make, whole outputs compared."""
