"""Whether dcmtool works on this machine: verifications of an SCP of its own, good ones and failures."""
