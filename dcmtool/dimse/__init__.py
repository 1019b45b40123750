"""DIMSE messages (PS3.7) as the Verification service needs them, without a socket or a clock."""
