"""Certificates, keys and revocation lists: read from files, put into words, checked without a connection."""
