"""Tests of certificates, keys and revocation lists."""
