"""Tests of the verification, driven step by step without a socket."""
