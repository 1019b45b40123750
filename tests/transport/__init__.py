"""Tests of the drivers, on loopback sockets."""
