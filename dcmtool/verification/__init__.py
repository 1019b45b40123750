"""The Verification service class as its user (PS3.4 Annex A): one procedure, one report."""
