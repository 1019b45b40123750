"""Tests of the upper layer, by bytes alone: no socket, no clock."""
