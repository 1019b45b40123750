"""The Verification SCP that `dcmtool scp` is."""
