"""Tests of what programs are told of a verification."""
