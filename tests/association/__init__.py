"""Tests of the procedures of an association, whatever it is for."""
